import { expect, test } from 'vitest'
import type { Application, Device } from '@/api/types.gen'
import { plannedSteps, rolloutView } from './rollout'

const fleet = (count: number, canaries = 0): Device[] => Array.from({ length: count }, (_, index) => ({ metadata: { name: `d${index}`, labels: (index < canaries ? { canary: 'true' } : {}) as Record<string, string> }, spec: { board: 'sim' } }))

test('percentages are rounded up and the last step is all', () => {
  expect(plannedSteps([{ count: 1 }, { percent: 10 }, { percent: 50 }], fleet(25))).toEqual([
    { label: '1 device', devices: 1 }, { label: '10 %', devices: 3 }, { label: '50 %', devices: 13 }, { label: 'all', devices: 25 },
  ])
})

test('a plan that ends with everything has no further step', () => {
  expect(plannedSteps([{ percent: 100 }], fleet(3))).toEqual([{ label: '100 %', devices: 3 }])
})

test('a step never takes devices back, and never more than there are', () => {
  expect(plannedSteps([{ count: 5 }, { count: 2 }, { count: 90 }], fleet(10)).map((step) => step.devices)).toEqual([5, 5, 10, 10])
})

test('a selector counts its devices', () => {
  expect(plannedSteps([{ selector: { matchLabels: { canary: 'true' } } }], fleet(10, 4))).toEqual([{ label: 'canary=true', devices: 4 }, { label: 'all', devices: 10 }])
})

test('without a plan there is one step', () => {
  expect(plannedSteps([], fleet(2))).toEqual([{ label: 'all', devices: 2 }])
})

const application = (rollout: object, spec: object = {}, status: object = {}): Application =>
  ({ metadata: { name: 'a' }, spec: { module: { inline: '' }, target: { all: true }, ...spec }, status: { desired: 10, ready: 3, rollout, ...status } }) as Application

test('what can be done follows from where a rollout stands', () => {
  expect(rolloutView(application({ state: 'Progressing', stable: 'a-1', target: 'a-2', moved: 4 }))).toMatchObject({ canPause: true, canResume: false, canAbort: true, moved: 4 })
  expect(rolloutView(application({ state: 'Paused', stable: 'a-1', target: 'a-2' }, { rollout: { paused: true } }))).toMatchObject({ canPause: false, canResume: true, canAbort: true })
  expect(rolloutView(application({ state: 'WaitingForApproval', stable: 'a-1', target: 'a-2' }))).toMatchObject({ canApprove: true })
  expect(rolloutView(application({ state: 'Complete', stable: 'a-2', target: 'a-2', complete: true }))).toMatchObject({ canPause: false, canAbort: false, tone: 'ok' })
})

test('a first rollout has nothing to go back to', () => {
  expect(rolloutView(application({ state: 'Progressing', target: 'a-1' })).canAbort).toBe(false)
})

test('a controller that says no state is understood by `complete`', () => {
  expect(rolloutView(application({ complete: true }))).toMatchObject({ state: 'Complete', moved: 10 })
})
