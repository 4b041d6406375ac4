import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import type { Application, Device, DeviceStatusApplications } from '@/api/types.gen'
import { appTone, isConnected } from '@/fleet/device_state'
import { matchesTarget } from '@/fleet/label_selector'
import { Badge } from '@/ui/badge'
import { type Column, DataTable, parseSort, sortText } from '@/ui/data_table'
import { Empty, Loading } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'

interface Instance {
  device: Device
  app?: DeviceStatusApplications
  /** What the device says now; unknown when it is not connected. */
  state: string
}

function columnsFor(target: string | undefined, name: string): Column<Instance>[] {
  return [
    { id: 'device', title: 'Device', width: 'minmax(150px, 1.4fr)', sortBy: ({ device }) => device.metadata.name, render: ({ device }) => <Link to={`/devices/${device.metadata.name}`}><strong>{device.metadata.name}</strong></Link> },
    { id: 'state', title: 'State', width: 'minmax(130px, 1fr)', sortBy: ({ state }) => state, render: ({ app, state }) => <Badge tone={app && state === app.state ? appTone(app.state) : 'idle'} title={state === 'Unknown' ? 'The device is not connected' : undefined}>{state}</Badge> },
    { id: 'revision', title: 'Revision', width: 'minmax(160px, 1fr)', sortBy: ({ app }) => app?.revision, render: ({ app }) => (app?.revision ? <span className="mono">{app.revision.replace(`${name}-`, '')}{app.revision === target ? '' : ' (old)'}</span> : <span className="dim">–</span>) },
    { id: 'restarts', title: 'Restarts', width: 'minmax(80px, 0.5fr)', numeric: true, sortBy: ({ app }) => app?.restarts ?? 0, render: ({ app }) => app?.restarts ?? 0 },
    { id: 'reason', title: 'Reason', width: 'minmax(200px, 2fr)', sortBy: ({ app }) => app?.reason, render: ({ app }) => (app?.reason ? `${app.reason}${app.detail ? `: ${app.detail}` : ''}` : '') },
  ]
}

/** The application on each device of its target. */
export function Instances({ application }: { application: Application }) {
  const { items, loaded } = useObjects(kDevices)
  const [sort, setSort] = useUrlText('sort', 'device')
  const rows = useMemo(
    () =>
      items
        .filter((device) => matchesTarget(device, application.spec.target))
        .map((device): Instance => {
          const app = device.status?.applications?.find((entry) => entry.uid === application.metadata.uid)
          return { device, app, state: !isConnected(device) ? 'Unknown' : (app?.state ?? 'Not there yet') }
        }),
    [items, application],
  )
  const target = application.status?.rollout?.target
  const columns = useMemo(() => columnsFor(target, application.metadata.name), [target, application.metadata.name])
  if (!loaded) return <Loading />
  return <DataTable label={`Devices of ${application.metadata.name}`} rows={rows} columns={columns} rowKey={({ device }) => device.metadata.name} sort={parseSort(sort)} onSort={(next) => setSort(sortText(next))} minWidth="800px" maxHeight="calc(100vh - 230px)"
    empty={<Empty title="No device matches the target" />} />
}
