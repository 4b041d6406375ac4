import { expect, test } from 'vitest'
import type { ApplicationSpecTarget, Device } from '@/api/types.gen'
import { labelsInUse, matchesTarget, parseSelector, targetText } from './label_selector'

const device = (name: string, labels: Record<string, string> = {}): Device => ({ metadata: { name, labels }, spec: { board: 'sim' } })
const expression = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]): ApplicationSpecTarget => ({ selector: { matchExpressions: [{ key, operator, values }] } })
const lab = device('a', { site: 'lab', tier: '1' })
const bare = device('b')

test('all, names, and an empty selector', () => {
  expect(matchesTarget(bare, { all: true })).toBe(true)
  expect(matchesTarget(bare, { deviceNames: ['a'] })).toBe(false)
  expect(matchesTarget(lab, { deviceNames: ['a'] })).toBe(true)
  expect(matchesTarget(bare, { selector: {} })).toBe(true)
})

test('labels must all be equal', () => {
  expect(matchesTarget(lab, { selector: { matchLabels: { site: 'lab', tier: '1' } } })).toBe(true)
  expect(matchesTarget(lab, { selector: { matchLabels: { site: 'lab', tier: '2' } } })).toBe(false)
})

test('expressions follow Kubernetes, where NotIn matches a device without the label', () => {
  expect(matchesTarget(lab, expression('site', 'In', ['lab', 'field']))).toBe(true)
  expect(matchesTarget(bare, expression('site', 'In', ['lab']))).toBe(false)
  expect(matchesTarget(bare, expression('site', 'NotIn', ['lab']))).toBe(true)
  expect(matchesTarget(lab, expression('site', 'NotIn', ['lab']))).toBe(false)
  expect(matchesTarget(lab, expression('site', 'Exists'))).toBe(true)
  expect(matchesTarget(bare, expression('site', 'DoesNotExist'))).toBe(true)
})

test('a target reads as a person would say it', () => {
  expect(targetText({ all: true })).toBe('every device')
  expect(targetText({ selector: { matchLabels: { site: 'lab' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['0'] }] } })).toBe('site=lab, tier not in (0)')
  expect(targetText({ deviceNames: ['a', 'b', 'c', 'd'] })).toBe('4 devices by name')
})

test('labels in use are counted, most frequent first', () => {
  expect(labelsInUse([lab, device('c', { site: 'lab' }), bare])).toEqual([{ label: 'site=lab', count: 2 }, { label: 'tier=1', count: 1 }])
})

test('a selector is typed as kubectl takes it, and reads back the same', () => {
  expect(parseSelector('site=lab,tier=1')).toEqual({ matchLabels: { site: 'lab', tier: '1' } })
  expect(parseSelector('site=lab, tier in (a, b), !retired, canary')).toEqual({
    matchLabels: { site: 'lab' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }, { key: 'retired', operator: 'DoesNotExist' }, { key: 'canary', operator: 'Exists' }],
  })
  for (const text of ['site=lab, tier=1', 'tier not in (0, 1)', 'a.example/b=c, !d']) expect(targetText({ selector: parseSelector(text) })).toBe(text)
  for (const text of ['', 'a=b,', '=x', 'tier in a', 'two words', '-a=b']) expect(parseSelector(text)).toBeUndefined()
})
