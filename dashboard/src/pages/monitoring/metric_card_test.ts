import { expect, test } from 'vitest'
import { linesOf } from './metric_card'

const series = [
  { name: 'm', labels: { type: 'log', instance: 'a' }, values: [1, null, 3] },
  { name: 'm', labels: { type: 'log', instance: 'b' }, values: [10, 20, null] },
  { name: 'm', labels: { type: 'event', instance: 'a' }, values: [5, 5, 50] },
]

test('series that agree in the label are added, unknown values left out of the sum', () => {
  expect(linesOf(series, { title: '', names: ['m'], by: 'type' })).toEqual([
    { label: 'event', values: [5, 5, 50] },
    { label: 'log', values: [11, 20, 3] },
  ])
})

test('only the wanted series are shown', () => {
  expect(linesOf(series, { title: '', names: ['m'], by: 'type', where: { instance: 'b' } })).toEqual([{ label: 'log', values: [10, 20, null] }])
})

test('the last step of a rate is left out: it is not over', () => {
  expect(linesOf(series, { title: '', names: ['m'], by: 'type', rate: true })[0]!.values).toHaveLength(2)
})

test('without a label all series are one line', () => {
  expect(linesOf(series, { title: '', names: ['m'] })).toEqual([{ label: 'all', values: [16, 25, 53] }])
})
