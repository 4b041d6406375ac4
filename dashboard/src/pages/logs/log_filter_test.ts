import { expect, test } from 'vitest'
import { type LogFilter, matchesLog, rangeOf } from './log_filter'

const kAll: LogFilter = { text: '', level: '', component: '', from: -Infinity, to: Infinity }
const line = { id: '1', time: '2026-06-01T12:00:00.500Z', level: 'warn', who: 'gateway', text: 'Device refused' }
const matches = (filter: Partial<LogFilter>) => matchesLog(line, { ...kAll, ...filter })

test('a level means that one and worse, and leaves out what has none', () => {
  expect(matches({ level: 'info' })).toBe(true)
  expect(matches({ level: 'warn' })).toBe(true)
  expect(matches({ level: 'error' })).toBe(false)
  expect(matchesLog({ ...line, level: 'session' }, { ...kAll, level: 'debug' })).toBe(false)
})

test('text is looked for in line and component, a component is meant exactly', () => {
  expect(matches({ text: 'REFUSED' })).toBe(true)
  expect(matches({ text: 'gate' })).toBe(true)
  expect(matches({ text: 'other' })).toBe(false)
  expect(matches({ component: 'gateway' })).toBe(true)
  expect(matches({ component: 'gate' })).toBe(false)
})

test('a time range is so long until now, or between two times of which either may be open', () => {
  const now = Date.parse('2026-06-01T13:00:00Z')
  expect(matches(rangeOf('1 h', '', '', now))).toBe(true)
  expect(matches(rangeOf('5 min', '', '', now))).toBe(false)
  expect(matches(rangeOf('between', '2026-06-01T11:00:00Z', '', now))).toBe(true)
  expect(matches(rangeOf('between', '', '2026-06-01T11:00:00Z', now))).toBe(false)
  expect(matches(rangeOf('between', 'nonsense', '', now))).toBe(true)
  expect(matches(rangeOf('', '2026-06-01T13:00:00Z', '', now))).toBe(true)
})
