import { expect, test } from 'vitest'
import { desiredShadow, reportedShadow, shadowText, type ShadowSource } from './shadow'

const kDigest = 'ab'.repeat(32)
const source = (state: string, run: boolean): ShadowSource => ({
  desired: { generation: 3, apps: [{ name: 'blink', uid: 'u1', manifestSha256: kDigest, run }, { name: '', uid: 'u0', manifestSha256: kDigest, run }] },
  reportedGeneration: 3,
  apps: [{ name: 'blink', uid: 'u1', manifestSha256: kDigest, state }, { name: '', uid: 'u0', manifestSha256: kDigest, state }] as ShadowSource['apps'],
})
const agrees = (from: ShadowSource) => shadowText(desiredShadow(from)!) === shadowText(reportedShadow(from)!)

test('a device that does what it was told reads the same on both sides', () => {
  expect(agrees(source('Running', true))).toBe(true)
  expect(agrees(source('Completed', true))).toBe(true)
  expect(agrees(source('Stopped', false))).toBe(true)
})

test('what was not taken over yet differs', () => {
  expect(agrees(source('Running', false))).toBe(false)
  expect(agrees({ ...source('Running', true), reportedGeneration: 2 })).toBe(false)
  expect(agrees({ ...source('Running', true), apps: [] })).toBe(false)
})

test('without a session nothing is claimed', () => {
  expect(desiredShadow({})).toBeUndefined()
  expect(reportedShadow({})).toBeUndefined()
})
