import { expect, test } from 'vitest'
import { diffLines } from './diff'

const show = (before: string, after: string) => diffLines(before, after).map((line) => `${{ same: ' ', added: '+', removed: '-', gap: '~' }[line.kind]}${line.text}`)

test('shows what was removed and added, with lines around it', () => {
  expect(show('a\nb\nc', 'a\nx\nc')).toEqual([' a', '-b', '+x', ' c'])
})

test('leaves out lines that are far from any change', () => {
  const lines = Array.from({ length: 10 }, (_, index) => `l${index}`)
  expect(show(lines.join('\n'), [...lines.slice(0, 9), 'new'].join('\n'))).toEqual(['~', ' l6', ' l7', ' l8', '-l9', '+new'])
})

test('equal texts have no changes', () => {
  expect(show('a\nb', 'a\nb')).toEqual(['~'])
})

test('very long texts are not aligned but still shown', () => {
  const long = Array.from({ length: 2500 }, (_, index) => String(index)).join('\n')
  expect(diffLines(long, `${long}\nx`)).toHaveLength(2500 + 2501)
})
