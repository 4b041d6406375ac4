import { expect, test } from 'vitest'
import { labelPatch, labelProblem } from './labels'

test('labels follow Kubernetes’s rules', () => {
  for (const text of ['site=lab', 'example.com/site=', 'a.b_c=1-2']) expect(labelProblem(text)).toBeUndefined()
  for (const text of ['site', '=lab', 'a b=c', 'a=b c', `a=${'x'.repeat(64)}`, 'a=-b']) expect(labelProblem(text)).toBeDefined()
})

test('what is set and removed becomes one patch', () => {
  expect(labelPatch(['site=lab', 'tier='], ['old', 'site'])).toEqual({ metadata: { labels: { old: null, site: 'lab', tier: '' } } })
})
