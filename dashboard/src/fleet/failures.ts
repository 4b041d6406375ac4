// Failures of an application over its devices, grouped by what the devices give as the reason.
import type { Device } from '@/api/types.gen'
import { isConnected } from './device_state'

export interface FailureGroup {
  reason: string
  /** What the first device says beyond the reason. */
  detail: string
  devices: string[]
}

/** Of connected devices only: of others nothing is known now. Most frequent first. */
export function groupFailures(devices: Device[], applicationUid: string): FailureGroup[] {
  const groups = new Map<string, FailureGroup>()
  for (const device of devices) {
    if (!isConnected(device)) continue
    const app = device.status?.applications?.find((entry) => entry.uid === applicationUid)
    if (!app || !['Failed', 'Refused', 'Backoff'].includes(app.state)) continue
    const reason = app.reason || app.state
    const group = groups.get(reason) ?? { reason, detail: app.detail || (app.exitCode ? `exit code ${app.exitCode}` : ''), devices: [] }
    group.devices.push(device.metadata.name)
    groups.set(reason, group)
  }
  return [...groups.values()].sort((a, b) => b.devices.length - a.devices.length)
}
