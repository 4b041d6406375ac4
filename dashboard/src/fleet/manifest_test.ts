import { expect, test } from 'vitest'
import type { ApplicationRevision } from '@/api/types.gen'
import { decodeCbor } from './cbor'
import { describeRevision, isRollback, runSpecOf } from './manifest'

const hex = (text: string) => Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (pair) => parseInt(pair, 16))
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

// {9: {1: 4096}, 10: ["led:0"], 11: {1: 1, 2: 3, 3: 500}, 13: ["-v"], 14: {"K": "V"}, 15: true}
const payload = hex('a6 09 a1 01 191000 0a 81 65 6c65643a30 0b a3 01 01 02 03 03 1901f4 0d 81 62 2d76 0e a1 61 4b 61 56 0f f5')
const cose = Uint8Array.from([...hex('d2 84 43 a10126 a0 58'), payload.length, ...payload, ...hex('41 00')])
const revision = {
  metadata: { name: 'blink-1' },
  spec: { application: { name: 'blink', uid: 'u' }, sequence: 2, manifest: base64(cose), manifestSha256: '', module: { sha256: 'ab', size: 3, inline: 'AGFz' } },
} as ApplicationRevision

test('a manifest reads as the spec it came from', () => {
  expect(runSpecOf(revision)).toEqual({
    module: { inline: 'AGFz' }, language: 'wasm', config: { args: ['-v'], env: { K: 'V' } }, limits: { memory: 4096 }, permissions: ['led:0'],
    restart: { policy: 'OnFailure', maxRestarts: 3, backoffMs: 500 },
  })
  expect(isRollback(revision)).toBe(true)
})

test('a revision is described with the digest of its module, not the module', () => {
  expect(describeRevision(revision)).toMatchObject({ module: { sha256: 'ab', size: 3 }, permissions: ['led:0'] })
})

test('reads the examples of RFC 8949, appendix A', () => {
  expect(decodeCbor(hex('1903e8'))).toBe(1000)
  expect(decodeCbor(hex('3903e7'))).toBe(-1000)
  expect(decodeCbor(hex('1b000000e8d4a51000'))).toBe(1_000_000_000_000)
  expect(decodeCbor(hex('62c3bc'))).toBe('ü')
  expect(decodeCbor(hex('8301820203820405'))).toEqual([1, [2, 3], [4, 5]])
})

test('what is cut, goes on, or lies about its length is refused', () => {
  expect(() => decodeCbor(hex('19'))).toThrow('ends early')
  expect(() => decodeCbor(hex('0000'))).toThrow('goes on')
  expect(() => decodeCbor(hex('9bffffffffffffffff'))).toThrow('out of bounds')
  expect(() => decodeCbor(hex('9f01ff'))).toThrow('indefinite')
  expect(() => decodeCbor(hex('81'.repeat(40)))).toThrow('too deep')
})
