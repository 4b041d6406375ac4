// What needs an operator first: one list over all kinds, worst first, equal things counted together.
import { condition } from '@/api/kube'
import type { Application, Device, Gateway } from '@/api/types.gen'
import type { Tone } from '@/ui/badge'
import { certificateEndsSoon, failingApps, phaseOf, waitsForApproval } from './device_state'
import { gatewayCertificateEndsSoon } from './gateway_state'

export interface Attention {
  id: string
  tone: Tone
  title: string
  text: string
  /** Page that shows it. */
  to: string
}

interface Found {
  devices: Device[]
  applications: Application[]
  gateways: Gateway[]
}

const kRank: Record<Tone, number> = { bad: 0, warn: 1, info: 2, idle: 3, ok: 4 }

export function attentionOf({ devices, applications, gateways }: Found, now: number): Attention[] {
  const found = [...ofGateways(gateways, now), ...ofApplications(applications), ...ofDevices(devices, now)]
  return found.sort((a, b) => kRank[a.tone] - kRank[b.tone])
}

function ofGateways(gateways: Gateway[], now: number): Attention[] {
  return gateways.flatMap((gateway) => {
    const { name } = gateway.metadata
    const to = `/gateways/${name}`
    const ready = condition(gateway, 'Ready')
    const down = ready?.status !== 'True' && { id: `gateway/${name}`, tone: 'bad' as const, title: `Gateway ${name} is not ready`, text: ready?.message ?? 'It has not reported yet.', to }
    const ends = gatewayCertificateEndsSoon(gateway, now) && { id: `gateway/${name}/certificate`, tone: 'warn' as const, title: `Gateway ${name}: its certificate ends soon`, text: `On ${gateway.status?.certificate?.notAfter?.slice(0, 10)}. Devices refuse the gateway after that.`, to }
    return [down, ends].filter((entry) => entry !== false)
  })
}

function ofApplications(applications: Application[]): Attention[] {
  return applications.flatMap((application) => {
    const name = application.metadata.name
    const to = `/applications/${name}`
    const accepted = condition(application, 'Accepted')
    if (accepted?.status === 'False') return [{ id: `app/${name}`, tone: 'bad' as const, title: `Application ${name} is refused`, text: accepted.message ?? accepted.reason ?? '', to }]
    const degraded = condition(application, 'Degraded')
    if (degraded?.status === 'True') return [{ id: `app/${name}`, tone: 'bad' as const, title: `Application ${name} is degraded`, text: degraded.message || degraded.reason || '', to }]
    return []
  })
}

function ofDevices(devices: Device[], now: number): Attention[] {
  const link = (query: string) => `/devices?${query}`
  const groups: [Tone, Device[], (count: number) => string, string, string][] = [
    ['bad', devices.filter((device) => phaseOf(device) === 'Unreachable'), (count) => `${count} unreachable`, 'No session for longer than their gateway allows.', link('phase=Unreachable')],
    ['warn', devices.filter((device) => phaseOf(device) === 'Disconnected'), (count) => `${count} disconnected`, 'Their session ended; they may come back by themselves.', link('phase=Disconnected')],
    ['warn', devices.filter((device) => failingApps(device).length > 0), (count) => `${count} with failing apps`, 'As the devices themselves last reported.', link('show=failing')],
    ['info', devices.filter(waitsForApproval), (count) => `${count} waiting for approval`, 'They ask for a certificate; a person has to approve or reject them.', link('show=waiting')],
    ['warn', devices.filter((device) => certificateEndsSoon(device, now)), (count) => `${count} with a certificate that ends soon`, 'Within 30 days.', link('show=certificates')],
    ['bad', devices.filter((device) => device.status?.emulation?.state === 'Failed'), (count) => `${count} whose emulator failed`, devices.find((device) => device.status?.emulation?.state === 'Failed')?.status?.emulation?.message ?? '', link('show=emulation')],
  ]
  return groups.flatMap(([tone, members, title, text, to]) => {
    if (members.length === 0) return []
    const only = members.length === 1 ? members[0] : undefined
    const heading = only ? `Device ${only.metadata.name}: ${title(1).replace(/^1 /, '')}` : `Devices: ${title(members.length)}`
    return [{ id: `devices/${to}`, tone, title: heading, text, to: only ? `/devices/${only.metadata.name}` : to }]
  })
}
