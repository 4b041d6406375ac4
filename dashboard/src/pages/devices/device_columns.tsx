import { Link } from 'react-router-dom'
import type { Device } from '@/api/types.gen'
import { failingApps, isEmulated, kPhases, phaseOf, phaseTone, waitsForApproval } from '@/fleet/device_state'
import { Badge, Chip } from '@/ui/badge'
import type { Column } from '@/ui/data_table'
import { TimeAgo } from '@/ui/time'

function State({ device }: { device: Device }) {
  const phase = phaseOf(device)
  if (device.metadata.deletionTimestamp) return <Badge tone="warn">Deleting</Badge>
  if (device.spec.approval === 'Rejected') return <Badge tone="bad">Rejected</Badge>
  if (waitsForApproval(device)) return <Badge tone="info">Waits for approval</Badge>
  return <Badge tone={phaseTone(phase)}>{device.spec.suspended ? `${phase}, suspended` : phase}</Badge>
}

function Apps({ device }: { device: Device }) {
  const failing = failingApps(device)
  const text = device.status?.apps ?? '–'
  return failing.length > 0 ? <Badge tone="bad" title={failing.map((app) => `${app.name}: ${app.reason || app.state}`).join('\n')}>{text}</Badge> : <span>{text}</span>
}

export const kDeviceColumns: Column<Device>[] = [
  { id: 'name', title: 'Name', width: 'minmax(120px, 1.6fr)', sortBy: (device) => device.metadata.name, render: (device) => <Link to={`/devices/${device.metadata.name}`}><strong>{device.metadata.name}</strong></Link> },
  { id: 'state', title: 'State', width: 'minmax(148px, 1.2fr)', sortBy: (device) => kPhases.indexOf(phaseOf(device)), render: (device) => <State device={device} /> },
  { id: 'board', title: 'Board', width: 'minmax(200px, 1.4fr)', sortBy: (device) => device.spec.board, render: (device) => <>{device.spec.board}{isEmulated(device) && <span className="dim"> (emulated)</span>}</> },
  { id: 'gateway', title: 'Gateway', width: 'minmax(80px, 0.8fr)', sortBy: (device) => device.status?.session?.gateway, render: (device) => device.status?.session?.gateway ?? <span className="dim">–</span> },
  { id: 'firmware', title: 'Firmware', width: 'minmax(80px, 0.6fr)', sortBy: (device) => device.status?.firmware?.version, render: (device) => device.status?.firmware?.version ?? <span className="dim">–</span> },
  { id: 'apps', title: 'Apps', width: 'minmax(76px, 0.5fr)', sortBy: (device) => failingApps(device).length, render: (device) => <Apps device={device} /> },
  { id: 'seen', title: 'Last seen', width: 'minmax(110px, 0.7fr)', sortBy: (device) => device.status?.lastSeen, render: (device) => <TimeAgo time={device.status?.lastSeen} /> },
  { id: 'labels', title: 'Labels', width: 'minmax(140px, 2fr)', render: (device) => Object.entries(device.metadata.labels ?? {}).map(([key, value]) => <span key={key}><Chip title={`${key}=${value}`}>{key}={value}</Chip> </span>) },
]
