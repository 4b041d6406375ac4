// The first page: how the fleet is, what needs somebody, what happened last.
import { IconCircleCheck } from '@tabler/icons-react'
import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { condition } from '@/api/kube'
import { kApplications, kDevices, kGateways } from '@/api/resources'
import { applicationPhase, applicationTone } from '@/fleet/application_state'
import { attentionOf, type Attention } from '@/fleet/attention'
import { countBy, kPhases, phaseOf, phaseTone } from '@/fleet/device_state'
import { Badge } from '@/ui/badge'
import { Card, PageHead } from '@/ui/page'
import { Empty, Loading } from '@/ui/states'
import { useNow } from '@/ui/time'
import { EventList } from '../events/event_list'
import { PlatformHealth } from './platform_health'
import { Tile } from './tile'
import './overview.css'

const kEventsShown = 12

export default function Overview() {
  const devices = useObjects(kDevices)
  const applications = useObjects(kApplications)
  const gateways = useObjects(kGateways)
  const now = useNow()
  const attention = useMemo(() => attentionOf({ devices: devices.items, applications: applications.items, gateways: gateways.items }, now), [devices.items, applications.items, gateways.items, now])
  const phases = useMemo(() => countBy(devices.items, phaseOf), [devices.items])
  const appPhases = useMemo(() => countBy(applications.items, applicationPhase), [applications.items])
  const readyGateways = gateways.items.filter((gateway) => condition(gateway, 'Ready')?.status === 'True').length
  const loaded = devices.loaded && applications.loaded && gateways.loaded
  return (
    <>
      <PageHead title="Overview" />
      <div className="stack-lg">
        <div className="cols-3">
          <Tile title="Devices" to="/devices" count={phases.get('Connected') ?? 0} total={devices.items.length} unit="connected" loading={!devices.loaded}
            parts={kPhases.map((phase) => ({ label: phase, count: phases.get(phase) ?? 0, tone: phaseTone(phase), to: `/devices?phase=${phase}` }))} />
          <Tile title="Applications" to="/applications" count={(appPhases.get('Running') ?? 0) + (appPhases.get('Completed') ?? 0)} total={applications.items.length} unit="as wanted" loading={!applications.loaded}
            parts={[...appPhases].map(([phase, count]) => ({ label: phase, count, tone: applicationTone(applications.items.find((application) => applicationPhase(application) === phase)!), to: `/applications?phase=${phase}` }))} />
          <Tile title="Gateways" to="/gateways" count={readyGateways} total={gateways.items.length} unit="ready" loading={!gateways.loaded}
            parts={[{ label: 'Ready', count: readyGateways, tone: 'ok', to: '/gateways' }, { label: 'Not ready', count: gateways.items.length - readyGateways, tone: 'bad', to: '/gateways' }]} />
        </div>
        <div className="cols-main">
          <div className="stack-lg">
            <Card title="Needs attention" flush>{loaded ? <AttentionList found={attention} nothing={devices.items.length === 0 && applications.items.length === 0} /> : <Loading />}</Card>
            <Card title="Recent events" flush><EventList limit={kEventsShown} /></Card>
          </div>
          <PlatformHealth />
        </div>
      </div>
    </>
  )
}

function AttentionList({ found, nothing }: { found: Attention[]; nothing: boolean }) {
  if (nothing) return <Empty title="No devices and no applications yet" action={<Link to="/setup">Set up the first ones</Link>}>The setup takes a few minutes and ends with a program that runs on a board.</Empty>
  if (found.length === 0) return <div className="all-well"><IconCircleCheck size={20} aria-hidden="true" className="text-ok" /> Nothing needs you: everything does what it should.</div>
  return (
    <ul className="attention">
      {found.map((entry) => (
        <li key={entry.id}>
          <Badge tone={entry.tone}>{entry.tone === 'bad' ? 'Act' : entry.tone === 'warn' ? 'Look' : 'Decide'}</Badge>
          <div className="grow"><Link to={entry.to}>{entry.title}</Link><div className="dim">{entry.text}</div></div>
        </li>
      ))}
    </ul>
  )
}
