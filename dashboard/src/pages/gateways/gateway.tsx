// One gateway: its state, its figures, and what can be set: timeouts, capacity, drain, pairing.
import { useParams } from 'react-router-dom'
import { useCan, useObject, useObjects } from '@/api/hooks'
import { kDevices, kGateways } from '@/api/resources'
import type { Gateway } from '@/api/types.gen'
import { isConnected } from '@/fleet/device_state'
import { gatewayCertificateEndsSoon } from '@/fleet/gateway_state'
import { EventList } from '@/pages/events/event_list'
import { type Metric, MetricCard } from '@/pages/monitoring/metric_card'
import { Conditions } from '@/pages/objects/conditions'
import { Badge, Chip } from '@/ui/badge'
import { Card, KeyValues, PageHead } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { TimeAgo, useNow } from '@/ui/time'
import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { DrainCard, PairingCard } from './gateway_modes'
import { GatewaySettings } from './gateway_settings'
import { GatewayState } from './gateways'

const kCrumbs = [{ label: 'Gateways', to: '/gateways' }]
const kSeconds = 3600

export default function GatewayPage() {
  const { name = '' } = useParams()
  const { object: gateway, loaded, problem } = useObject(kGateways, name)
  if (!gateway && problem) return <Failed what={`${name} cannot be read`} message={problem} />
  if (!gateway && !loaded) return <Loading what={`Loading ${name}`} />
  if (!gateway) return <><PageHead title={name} crumbs={kCrumbs} /><Empty title={`There is no gateway ${name}`} /></>
  return (
    <>
      <PageHead title={name} crumbs={kCrumbs} beside={<GatewayState gateway={gateway} />} />
      <div className="cols-main">
        <div className="stack-lg">
          <Figures gateway={gateway} />
          <Card title="Conditions" flush><Conditions conditions={gateway.status?.conditions} /></Card>
          <Card title="Events" flush><EventList kind="Gateway" name={name} limit={50} /></Card>
        </div>
        <div className="stack-lg">
          <Facts gateway={gateway} />
          <PairingCard gateway={gateway} />
          <GatewaySettings key={gateway.metadata.generation} gateway={gateway} />
          <DrainCard gateway={gateway} />
        </div>
      </div>
    </>
  )
}

function Figures({ gateway }: { gateway: Gateway }) {
  const may = useCan('devices/metrics', 'get')
  const instance = `${gateway.metadata.namespace ?? ''}/${gateway.metadata.name}`
  const metrics = useMemo<Metric[]>(() => [
    { title: 'Sessions', names: ['wasmbed_gateway_sessions'], where: { instance } },
    { title: 'Messages, per second', names: ['wasmbed_gateway_messages_total'], rate: true, by: 'type', where: { instance } },
    { title: 'Handshakes, per second', names: ['wasmbed_gateway_handshakes_total'], rate: true, by: 'result', where: { instance } },
  ], [instance])
  if (!may) return null
  return <>{metrics.map((metric) => <MetricCard key={metric.title} metric={metric} seconds={kSeconds} />)}</>
}

function Facts({ gateway }: { gateway: Gateway }) {
  const { items } = useObjects(kDevices)
  const name = gateway.metadata.name
  const here = useMemo(() => items.filter((device) => device.status?.session?.gateway === name && isConnected(device)).length, [items, name])
  return (
    <Card title="Gateway">
      <KeyValues entries={[
        ['Sessions', gateway.status?.connected],
        ['Devices here', <Link to={`/devices?gateway=${name}&phase=Connected`}>{here} connected</Link>],
        ['Enrolled since start', gateway.status?.enrolled],
        ['Sessions at most', gateway.status?.capacity],
        ['Devices reach it at', (gateway.spec.endpoints ?? []).map((endpoint) => <span key={endpoint}><Chip>{endpoint}</Chip> </span>)],
        ['HTTPS API', gateway.status?.api && <span className="mono">{gateway.status.api}</span>],
        ['Certificate ends', <CertificateEnd gateway={gateway} />],
        ['Certificate', gateway.status?.certificate?.serial && <span className="mono">{gateway.status.certificate.serial}</span>],
        ['Version', gateway.status?.version],
        ['Since', <TimeAgo time={gateway.metadata.creationTimestamp} />],
      ]} />
    </Card>
  )
}

function CertificateEnd({ gateway }: { gateway: Gateway }) {
  const soon = gatewayCertificateEndsSoon(gateway, useNow())
  const end = gateway.status?.certificate?.notAfter
  if (!end) return <span className="dim">not reported</span>
  return <span className="row"><span>{new Date(end).toLocaleDateString()} (<TimeAgo time={end} />)</span>{soon && <Badge tone="warn">Ends soon</Badge>}</span>
}
