import { expect, test } from 'vitest'
import { type Column, parseSort, sortRows, sortText } from './data_table'

interface Row { name: string; size?: number }
const columns: Column<Row>[] = [
  { id: 'name', title: 'Name', width: '1fr', render: () => null, sortBy: (row) => row.name },
  { id: 'size', title: 'Size', width: '1fr', render: () => null, sortBy: (row) => row.size },
]
const rows: Row[] = [{ name: 'board-10', size: 1 }, { name: 'board-2' }, { name: 'board-1', size: 3 }]
const sorted = (sort: string) => sortRows(rows, columns, parseSort(sort)).map((row) => row.name)

test('orders numbers within names as people do', () => {
  expect(sorted('name')).toEqual(['board-1', 'board-2', 'board-10'])
  expect(sorted('-name')).toEqual(['board-10', 'board-2', 'board-1'])
})

test('puts rows without a value last, in both directions', () => {
  expect(sorted('size')).toEqual(['board-10', 'board-1', 'board-2'])
  expect(sorted('-size')).toEqual(['board-1', 'board-10', 'board-2'])
})

test('an unknown column leaves the order as it is', () => {
  expect(sorted('colour')).toEqual(['board-10', 'board-2', 'board-1'])
})

test('a sort survives the URL', () => {
  for (const text of ['name', '-seen']) expect(sortText(parseSort(text))).toBe(text)
})
