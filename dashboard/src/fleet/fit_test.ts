import { expect, test } from 'vitest'
import type { Device, DeviceStatusCapacity } from '@/api/types.gen'
import type { ModuleInfo } from '@/wasm/module'
import { fitOf } from './fit'

const device = (name: string, capacity?: DeviceStatusCapacity, apps: string[] = []): Device => ({
  metadata: { name }, spec: { board: 'sim' },
  status: { capacity, conditions: [{ type: 'Connected', status: 'True' }], applications: apps.map((app) => ({ name: app, uid: app, state: 'Running' as const })) },
})
const module = (bytes: number, memory: number, imports: ModuleInfo['imports'] = []): ModuleInfo => ({ bytes, imports, exports: [], functions: 1, codeBytes: 1, dataBytes: 0, custom: [], memory: { minBytes: memory, pageBytes: 1 } })
const roomy = { ram: 65_536, moduleBytes: 100_000, apps: 2, features: ['wasm', 'led'] }

test('devices that can take it are counted, those that never spoke apart', () => {
  expect(fitOf([device('a', roomy), device('b')], module(500, 4096), undefined, 'app')).toMatchObject({ matching: 2, connected: 2, fitting: 1, silent: 1, problems: [] })
})

test('size, memory and room are compared with what each device says', () => {
  const found = fitOf([device('small', { ...roomy, moduleBytes: 100 }), device('poor', { ...roomy, ram: 1024 }), device('full', roomy, ['x', 'y'])], module(500, 4096), undefined, 'app')
  expect(found.fitting).toBe(0)
  expect(found.problems.map((problem) => problem.devices)).toEqual([['small'], ['poor'], ['full']])
})

test('a device that has the application already has room for its next revision', () => {
  expect(fitOf([device('full', roomy, ['x', 'app'])], module(500, 4096), undefined, 'app').fitting).toBe(1)
})

test('a limit counts instead of what the module declares', () => {
  expect(fitOf([device('a', roomy)], module(500, 4096), 1_000_000, 'app').fitting).toBe(0)
})

test('what the imports need must be there', () => {
  const led: ModuleInfo['imports'] = [{ module: 'wasmbed_device', name: 'led_set', kind: 'function', type: { params: ['i32', 'i32'], results: ['i32'] } }]
  const found = fitOf([device('dark', { ...roomy, features: ['wasm'] }), device('lit', roomy)], module(500, 64, led), undefined, 'app')
  expect(found.problems).toEqual([{ text: 'The device has no led', devices: ['dark'] }])
})
