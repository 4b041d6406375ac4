import { expect, test } from 'vitest'
import { linePath, niceTicks, timeTicks, unknownStart } from './chart_scale'

test('ticks are round and cover the values', () => {
  expect(niceTicks(0, 87)).toEqual([0, 25, 50, 75, 100])
  expect(niceTicks(0, 0.003)).toEqual([0, 0.001, 0.002, 0.003])
  expect(niceTicks(3, 4)[0]).toBe(0)
  expect(niceTicks(-5, 5)[0]).toBeLessThanOrEqual(-5)
})

test('a flat line at zero still has an axis', () => {
  expect(niceTicks(0, 0).length).toBeGreaterThan(1)
  expect(niceTicks(0, 1e12).length).toBeLessThan(10)
})

test('a line has a gap where nothing is known', () => {
  const path = linePath([1, 2, null, 4, null], (index) => index, (value) => value)
  expect(path).toBe('M0.0 1.0L1.0 2.0M3.0 4.0h2')
})

test('time ticks are at whole minutes and few', () => {
  const ticks = timeTicks(1_763_726_401, 1_763_726_401 + 3600, 5)
  expect(ticks.every((tick) => tick % 900 === 0)).toBe(true)
  expect(ticks).toHaveLength(4)
})

test('a short time has two ticks at least', () => {
  const from = 1_763_726_401
  expect(timeTicks(from, from + 330, 2.3).length).toBeGreaterThan(1)
  expect(timeTicks(from, from + 30, 5)).toHaveLength(0)
})

test('what no line knows at the start is left out, down to a dozen values', () => {
  const unknown = (count: number): null[] => Array.from({ length: count }, () => null)
  expect(unknownStart([[...unknown(80), ...Array.from({ length: 20 }, () => 1)], unknown(100)])).toBe(79)
  expect(unknownStart([[...unknown(99), 1]])).toBe(88)
  expect(unknownStart([[1, 2, 3]])).toBe(0)
  expect(unknownStart([unknown(50)])).toBe(0)
  expect(unknownStart([])).toBe(0)
})
