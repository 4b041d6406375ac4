import { expect, test } from 'vitest'
import { nextNames } from './device_names'

test('takes the lowest free numbers', () => {
  expect(nextNames('board', 3, new Set(['board-1', 'board-3', 'other-2']))).toEqual(['board-2', 'board-4', 'board-5'])
})
