// All devices: found by filters that live in the URL, ordered, acted on together.
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { Link } from 'react-router-dom'
import { useCan, useObjects } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import { DataTable, parseSort, sortText } from '@/ui/data_table'
import { PageHead } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { useNow } from '@/ui/time'
import { useUrlText } from '@/ui/url_state'
import { BulkActions } from './bulk_actions'
import { kDeviceColumns } from './device_columns'
import { DeviceFilters, useDeviceFilter } from './device_filters'

export default function Devices() {
  const { items, loaded, problem } = useObjects(kDevices)
  const now = useNow()
  const { filter, matches, active, clear } = useDeviceFilter(now)
  const [sort, setSort] = useUrlText('sort', 'name')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const mayChange = useCan('devices', 'patch')
  const rows = useMemo(() => items.filter(matches), [items, matches])
  const chosen = useMemo(() => rows.filter((device) => selected.has(device.metadata.name)), [rows, selected])
  if (!loaded && problem) return <Failed what="The devices cannot be read" message={problem} />
  if (!loaded) return <Loading what="Loading devices" />
  const nothing = items.length === 0
  return (
    <>
      <PageHead title="Devices" subtitle={active ? `${rows.length} of ${items.length}` : `${items.length} in this namespace`}
        actions={<NewDeviceButton />} />
      <div className="stack">
        <DeviceFilters devices={items} filter={filter} active={active} onClear={clear} />
        {chosen.length > 0 && <BulkActions devices={chosen} onDone={() => setSelected(new Set())} />}
        <DataTable label="Devices" rows={rows} columns={kDeviceColumns} rowKey={(device) => device.metadata.name} sort={parseSort(sort)} onSort={(next) => setSort(sortText(next))}
          selected={mayChange ? selected : undefined} onSelect={setSelected}
          empty={nothing ? <Empty title="No devices yet" action={<Link to="/setup">Set up the first one</Link>}>A device appears here once it is described, or when it asks to enroll.</Empty> : <Empty title="No device matches" action={<Button variant="default" onClick={clear}>Clear the filters</Button>} />} />
      </div>
    </>
  )
}

function NewDeviceButton() {
  if (!useCan('devices', 'create')) return null
  return <Button component={Link} to="/setup?step=devices" leftSection={<IconPlus size={16} aria-hidden="true" />}>Add devices</Button>
}
