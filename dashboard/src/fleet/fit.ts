// Whether devices can take a module, by what they reported of themselves. A device that never connected has reported nothing.
import type { Device } from '@/api/types.gen'
import type { ModuleInfo } from '@/wasm/module'
import { neededKinds } from '@/wasm/requirements'
import { isConnected } from './device_state'

export interface FitProblem {
  text: string
  devices: string[]
}

export interface Fit {
  matching: number
  connected: number
  /** Devices that can take it, as far as is known. */
  fitting: number
  /** Devices that have not said yet what they have. */
  silent: number
  problems: FitProblem[]
}

export function fitOf(devices: Device[], module: ModuleInfo | undefined, memoryLimit: number | undefined, application: string): Fit {
  const problems = new Map<string, string[]>()
  let fitting = 0
  let silent = 0
  for (const device of devices) {
    if (!device.status?.capacity) {
      silent += 1
      continue
    }
    const found = module ? problemsOn(device, module, memoryLimit, application) : []
    if (found.length === 0) fitting += 1
    for (const text of found) problems.set(text, [...(problems.get(text) ?? []), device.metadata.name])
  }
  return { matching: devices.length, connected: devices.filter(isConnected).length, fitting, silent, problems: [...problems].map(([text, names]) => ({ text, devices: names })) }
}

/** Features that a kind of permission takes, as devices name them (Runtime::list_features). */
const kFeatures: Record<string, string> = { Led: 'led', Storage: 'storage', Gpio: 'gpio', I2c: 'i2c', Spi: 'spi', Sensor: 'sensor', Message: 'message' }

function problemsOn(device: Device, module: ModuleInfo, memoryLimit: number | undefined, application: string): string[] {
  const { capacity = {}, applications = [] } = device.status ?? {}
  const problems: string[] = []
  if (capacity.moduleBytes !== undefined && module.bytes > capacity.moduleBytes) problems.push(`The module is larger than the device takes (${capacity.moduleBytes} bytes)`)
  const memory = memoryLimit ?? module.memory?.minBytes ?? 0
  if (capacity.ram !== undefined && memory > capacity.ram) problems.push(`It needs ${memory} bytes of memory; the device has ${capacity.ram} for apps`)
  if (capacity.apps !== undefined && applications.length >= capacity.apps && !applications.some((app) => app.name === application)) problems.push(`The device has its ${capacity.apps} apps already`)
  if (capacity.features && !capacity.features.includes('wasm')) problems.push('The device runs no WebAssembly')
  for (const kind of neededKinds(module)) {
    const feature = kFeatures[kind]
    if (feature && capacity.features && !capacity.features.includes(feature)) problems.push(`The device has no ${feature}`)
  }
  return problems
}
