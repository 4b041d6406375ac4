import { Link } from 'react-router-dom'
import type { Device } from '@/api/types.gen'
import { appTone, isEmulated } from '@/fleet/device_state'
import { Conditions } from '@/pages/objects/conditions'
import { Badge, Chip } from '@/ui/badge'
import { Card, KeyValues } from '@/ui/page'
import { bytesText } from '@/ui/quantity'
import { Empty } from '@/ui/states'
import { TimeAgo } from '@/ui/time'
import { ShadowCard } from './shadow_card'
import { UsageCard } from './usage_card'

export function Summary({ device }: { device: Device }) {
  return (
    <div className="cols-main">
      <div className="stack-lg">
        <Card title="Apps" flush><AppsTable device={device} /></Card>
        <Card title="Conditions" flush><Conditions conditions={device.status?.conditions} /></Card>
        <UsageCard device={device} />
        <ShadowCard device={device} />
      </div>
      <div className="stack-lg">
        <Card title="Device"><Facts device={device} /></Card>
        <Card title="Session"><SessionFacts device={device} /></Card>
      </div>
    </div>
  )
}

function AppsTable({ device }: { device: Device }) {
  const apps = device.status?.applications ?? []
  const live = device.status?.session !== undefined && device.status.session.until === undefined
  if (apps.length === 0) return <Empty title="No apps">{live ? 'No application’s target matches this device.' : 'The device has not reported yet.'}</Empty>
  return (
    <div className="scroll-x" tabIndex={0}>
      {!live && <div className="tone-warn" style={{ padding: '6px 12px' }}>As last reported, <TimeAgo time={device.status?.lastSeen} />. What runs now is not known: the device is not connected.</div>}
      <table className="plain">
        <thead><tr><th>App</th><th>State</th><th>Revision</th><th className="num">Restarts</th><th>Reason</th></tr></thead>
        <tbody>
          {apps.map((app) => (
            <tr key={app.uid}>
              <td><Link to={`/applications/${app.name}`}><strong>{app.name}</strong></Link></td>
              <td><Badge tone={live ? appTone(app.state) : 'idle'}>{app.state}</Badge></td>
              <td className="mono">{app.revision?.replace(`${app.name}-`, '') ?? '–'}</td>
              <td className="num">{app.restarts ?? 0}</td>
              <td>{app.reason}{app.exitCode !== undefined && app.exitCode !== 0 && ` exit code ${app.exitCode}`}{app.detail && <div className="dim">{app.detail}</div>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Facts({ device }: { device: Device }) {
  const { firmware, capacity, enrollment, emulation } = device.status ?? {}
  return (
    <KeyValues
      entries={[
        ['Board', <>{device.spec.board}{isEmulated(device) && ' (emulated)'}</>],
        ['Firmware', firmware?.version],
        ['Engine', firmware?.engineBuild],
        ['Last reset', firmware?.resetReason],
        ['RAM for apps', capacity?.ram === undefined ? undefined : bytesText(capacity.ram)],
        ['Store', capacity?.flash === undefined ? undefined : bytesText(capacity.flash)],
        ['Apps at most', capacity?.apps],
        ['Largest module', capacity?.moduleBytes === undefined ? undefined : bytesText(capacity.moduleBytes)],
        ['Features', capacity?.features?.map((feature) => <span key={feature}><Chip>{feature}</Chip> </span>)],
        ['Labels', Object.entries(device.metadata.labels ?? {}).map(([key, value]) => <span key={key}><Chip>{key}={value}</Chip> </span>)],
        ['Hardware id', enrollment?.hardwareId && <span className="mono">{enrollment.hardwareId}</span>],
        ['Emulator', emulation?.state && `${emulation.state}${emulation.pid ? `, process ${emulation.pid}` : ''}`],
        ['Created', <TimeAgo time={device.metadata.creationTimestamp} />],
        ['UID', <span className="mono">{device.metadata.uid}</span>],
      ]}
    />
  )
}

function SessionFacts({ device }: { device: Device }) {
  const session = device.status?.session
  if (!session) return <p className="dim">No session yet.</p>
  return (
    <KeyValues
      entries={[
        ['Gateway', <Link to={`/gateways/${session.gateway}`}>{session.gateway}</Link>],
        ['Since', <TimeAgo time={session.since} />],
        ['Ended', session.until && <TimeAgo time={session.until} />],
        ['Epoch', session.epoch],
        ['Boot id', session.bootId && <span className="mono">{session.bootId}</span>],
        ['Preferred gateway', device.spec.gateway],
      ]}
    />
  )
}
