// What the state of a device means to an operator. Pure functions of what the API says.
import { condition } from '@/api/kube'
import type { Device, DeviceStatusApplications } from '@/api/types.gen'
import type { Tone } from '@/ui/badge'
import { endsSoon } from './certificate'

export type Phase = NonNullable<NonNullable<Device['status']>['phase']>
export type AppState = DeviceStatusApplications['state']

/** In the order of a device's life; what an operator looks for first is at the end. */
export const kPhases: Phase[] = ['Connected', 'Enrolled', 'Enrolling', 'Pending', 'Disconnected', 'Unreachable']

const kPhaseTones: Record<Phase, Tone> = { Connected: 'ok', Enrolled: 'info', Enrolling: 'info', Pending: 'idle', Disconnected: 'warn', Unreachable: 'bad' }
const kAppTones: Record<AppState, Tone> = {
  Running: 'ok', Completed: 'ok', Pending: 'idle', Fetching: 'info', Installing: 'info', Stopped: 'idle', Backoff: 'warn', Failed: 'bad', Refused: 'bad',
}

export function phaseOf(device: Device): Phase {
  return device.status?.phase ?? 'Pending'
}

export function phaseTone(phase: Phase): Tone {
  return kPhaseTones[phase] ?? 'idle'
}

export function appTone(state: AppState): Tone {
  return kAppTones[state] ?? 'idle'
}

export function isConnected(device: Device): boolean {
  return condition(device, 'Connected')?.status === 'True'
}

export function isEmulated(device: Device): boolean {
  return device.spec.emulation?.enabled ?? false
}

/** A device that asks for a certificate and waits for a person. */
export function waitsForApproval(device: Device): boolean {
  return condition(device, 'Enrolled')?.reason === 'WaitingForApproval'
}

/** Apps on the device that need somebody: as the device itself last reported them. */
export function failingApps(device: Device): DeviceStatusApplications[] {
  return (device.status?.applications ?? []).filter((app) => app.state === 'Failed' || app.state === 'Refused' || app.state === 'Backoff')
}

export function certificateEndsSoon(device: Device, now: number): boolean {
  return endsSoon(device.status?.identity?.notAfter, now)
}

export interface DeviceFilter {
  text: string
  phases: string[]
  boards: string[]
  gateways: string[]
  apps: string[]
  /** `key=value` or `key`. */
  labels: string[]
}

/** Text is searched in name, board, firmware and labels; the parts of a filter must all hold, of one part any. */
export function matchesFilter(device: Device, filter: DeviceFilter): boolean {
  const labels = device.metadata.labels ?? {}
  if (filter.phases.length > 0 && !filter.phases.includes(phaseOf(device))) return false
  if (filter.boards.length > 0 && !filter.boards.includes(device.spec.board)) return false
  if (filter.gateways.length > 0 && !filter.gateways.includes(device.status?.session?.gateway ?? '')) return false
  if (filter.apps.length > 0 && !(device.status?.applications ?? []).some((app) => filter.apps.includes(app.name))) return false
  for (const label of filter.labels) {
    const [key = '', value] = label.split('=')
    if (value === undefined ? !(key in labels) : labels[key] !== value) return false
  }
  const text = filter.text.trim().toLowerCase()
  if (text === '') return true
  const searched = [device.metadata.name, device.spec.board, device.status?.firmware?.version ?? '', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
  return searched.some((part) => part.toLowerCase().includes(text))
}

export function countBy<T, K extends string>(items: T[], keyOf: (item: T) => K): Map<K, number> {
  const counts = new Map<K, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}
