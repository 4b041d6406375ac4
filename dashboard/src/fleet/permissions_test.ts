import { expect, test } from 'vitest'
import { kHostFunctions } from '@/wasm/host_functions.gen'
import { kPermissionExamples, permissionProblem, permissionText } from './permissions'

test('permissions read as sentences', () => {
  expect(permissionText('led:0')).toBe('switch LED 0')
  expect(permissionText('gpio:13:in')).toBe('read pin 13')
  expect(permissionText('i2c:0:0x48')).toBe('talk to the chip at address 0x48 of I²C bus 0')
  expect(permissionText('storage:cfg/*')).toBe('keep values under its own keys that begin with “cfg/”')
  expect(permissionText('radio:1')).toBe('use radio:1')
})

test('what is no permission is said with an example', () => {
  expect(permissionProblem('led:0')).toBeUndefined()
  expect(permissionProblem('led:01')).toContain('led:0')
  expect(permissionProblem('gpio:13')).toContain('gpio:13:out')
  expect(permissionProblem('everything')).toContain('permissions begin with')
})

test('every kind of permission that a host function needs has an example that is one', () => {
  const kinds = new Set(kHostFunctions.map((row) => row.permission).filter((kind) => kind !== 'None'))
  for (const kind of kinds) expect(permissionProblem(kPermissionExamples[kind] ?? kind), kind).toBeUndefined()
})
