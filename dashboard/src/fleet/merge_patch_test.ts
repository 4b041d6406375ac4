import { expect, test } from 'vitest'
import { replacementPatch } from './merge_patch'

test('fields that are gone become null, at every depth', () => {
  expect(replacementPatch({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 3 } })).toEqual({ a: null, b: { c: null, d: 3 } })
})

test('what did not change is not written', () => {
  expect(replacementPatch({ a: 1, b: { c: [1] }, d: undefined }, { a: 1, b: { c: [1] } })).toEqual({})
})

test('lists and plain values are replaced whole', () => {
  expect(replacementPatch({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] })
  expect(replacementPatch(undefined, { a: 1 })).toEqual({ a: 1 })
})
