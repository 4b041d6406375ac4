import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { condition } from '@/api/kube'
import { kGateways } from '@/api/resources'
import type { Gateway } from '@/api/types.gen'
import { isPairing } from '@/fleet/gateway_state'
import { Badge, Chip } from '@/ui/badge'
import { type Column, DataTable, parseSort, sortText } from '@/ui/data_table'
import { PageHead } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { TimeAgo, useNow } from '@/ui/time'
import { useUrlText } from '@/ui/url_state'

export function GatewayState({ gateway }: { gateway: Gateway }) {
  const now = useNow()
  const ready = condition(gateway, 'Ready')
  return (
    <span className="row" style={{ flexWrap: 'nowrap' }}>
      <Badge tone={ready?.status === 'True' ? 'ok' : 'bad'} title={ready?.message}>{ready?.status === 'True' ? 'Ready' : ready?.reason || 'Not ready'}</Badge>
      {gateway.spec.drain && <Badge tone="warn">{gateway.status?.draining ? `Draining, ${gateway.status.draining} left` : 'Drained'}</Badge>}
      {isPairing(gateway, now) && <Badge tone="info">Pairing</Badge>}
    </span>
  )
}

function columns(): Column<Gateway>[] {
  return [
    { id: 'name', title: 'Name', width: 'minmax(140px, 1.2fr)', sortBy: (gateway) => gateway.metadata.name, render: (gateway) => <Link to={`/gateways/${gateway.metadata.name}`}><strong>{gateway.metadata.name}</strong></Link> },
    { id: 'state', title: 'State', width: 'minmax(190px, 1.4fr)', sortBy: (gateway) => condition(gateway, 'Ready')?.status, render: (gateway) => <GatewayState gateway={gateway} /> },
    { id: 'connected', title: 'Sessions', width: 'minmax(90px, 0.7fr)', numeric: true, sortBy: (gateway) => gateway.status?.connected ?? 0, render: (gateway) => <>{gateway.status?.connected ?? '–'}{gateway.spec.capacity !== undefined && <span className="dim"> / {gateway.spec.capacity}</span>}</> },
    { id: 'enrolled', title: 'Enrolled', width: 'minmax(80px, 0.6fr)', numeric: true, sortBy: (gateway) => gateway.status?.enrolled ?? 0, render: (gateway) => gateway.status?.enrolled ?? '–' },
    { id: 'endpoints', title: 'Devices reach it at', width: 'minmax(180px, 1.6fr)', render: (gateway) => (gateway.spec.endpoints ?? []).map((endpoint) => <span key={endpoint}><Chip>{endpoint}</Chip> </span>) },
    { id: 'version', title: 'Version', width: 'minmax(80px, 0.6fr)', sortBy: (gateway) => gateway.status?.version, render: (gateway) => gateway.status?.version ?? '–' },
    { id: 'age', title: 'Since', width: 'minmax(100px, 0.7fr)', sortBy: (gateway) => gateway.metadata.creationTimestamp, render: (gateway) => <TimeAgo time={gateway.metadata.creationTimestamp} /> },
  ]
}

export default function Gateways() {
  const { items, loaded, problem } = useObjects(kGateways)
  const [sort, setSort] = useUrlText('sort', 'name')
  const shown = useMemo(columns, [])
  if (!loaded && problem) return <Failed what="The gateways cannot be read" message={problem} />
  if (!loaded) return <Loading what="Loading gateways" />
  return (
    <>
      <PageHead title="Gateways" subtitle="They hold the sessions of devices" />
      <DataTable label="Gateways" rows={items} columns={shown} rowKey={(gateway) => gateway.metadata.name} sort={parseSort(sort)} onSort={(next) => setSort(sortText(next))} minWidth="880px"
        empty={<Empty title="No gateway">A gateway makes its object when it starts: `wasmbed gateway`, or as a part of `wasmbed up`.</Empty>} />
    </>
  )
}
