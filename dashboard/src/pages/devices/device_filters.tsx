import { Button, MultiSelect, Select, TextInput } from '@mantine/core'
import { IconFilterOff, IconSearch } from '@tabler/icons-react'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router-dom'
import type { Device } from '@/api/types.gen'
import { certificateEndsSoon, failingApps, kPhases, matchesFilter, waitsForApproval, type DeviceFilter } from '@/fleet/device_state'
import { useUrlList, useUrlText } from '@/ui/url_state'

const kFilterParameters = ['q', 'phase', 'board', 'gateway', 'app', 'label', 'show']

/** Questions an operator asks of a fleet that are no field of a device. */
const kShow: Record<string, { label: string; test: (device: Device, now: number) => boolean }> = {
  failing: { label: 'Failing apps', test: (device) => failingApps(device).length > 0 },
  waiting: { label: 'Waiting for approval', test: waitsForApproval },
  certificates: { label: 'Certificate ends soon', test: certificateEndsSoon },
  emulation: { label: 'Emulator failed', test: (device) => device.status?.emulation?.state === 'Failed' },
  suspended: { label: 'Suspended', test: (device) => device.spec.suspended ?? false },
}

/** The filter that the URL holds. */
export function useDeviceFilter(now: number) {
  const [params, setParams] = useSearchParams()
  const key = kFilterParameters.map((name) => params.get(name) ?? '').join('\n')
  const list = (name: string) => (params.get(name) ?? '').split(',').filter(Boolean)
  const filter: DeviceFilter & { show: string } = useMemo(
    () => ({ text: params.get('q') ?? '', phases: list('phase'), boards: list('board'), gateways: list('gateway'), apps: list('app'), labels: list('label'), show: params.get('show') ?? '' }),
    [key], // eslint-disable-line react-hooks/exhaustive-deps -- key holds all that is read
  )
  const matches = useCallback((device: Device) => matchesFilter(device, filter) && (kShow[filter.show]?.test(device, now) ?? true), [filter, now])
  const clear = useCallback(
    () =>
      setParams((current) => {
        const next = new URLSearchParams(current)
        kFilterParameters.forEach((name) => next.delete(name))
        return next
      }),
    [setParams],
  )
  return { filter, matches, active: key.trim() !== '', clear }
}

export function DeviceFilters({ devices, filter, active, onClear }: { devices: Device[]; filter: DeviceFilter; active: boolean; onClear: () => void }) {
  const [, setText] = useUrlText('q')
  const [show, setShow] = useUrlText('show')
  const distinct = (values: (string | undefined)[]) => [...new Set(values.filter((value): value is string => Boolean(value)))].sort()
  const options = useMemo(
    () => ({
      board: distinct(devices.map((device) => device.spec.board)),
      gateway: distinct(devices.map((device) => device.status?.session?.gateway)),
      app: distinct(devices.flatMap((device) => (device.status?.applications ?? []).map((app) => app.name))),
      label: distinct(devices.flatMap((device) => Object.entries(device.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`))),
    }),
    [devices],
  )
  return (
    <search className="row" aria-label="Filter devices">
      <TextInput aria-label="Search devices" placeholder="Name, board, label…" leftSection={<IconSearch size={15} aria-hidden="true" />} value={filter.text} onChange={(event) => setText(event.currentTarget.value)} w={190} />
      <FilterSelect parameter="phase" label="State" options={kPhases} />
      {options.board.length > 1 && <FilterSelect parameter="board" label="Board" options={options.board} />}
      {options.gateway.length > 1 && <FilterSelect parameter="gateway" label="Gateway" options={options.gateway} />}
      <FilterSelect parameter="app" label="App" options={options.app} />
      <FilterSelect parameter="label" label="Label" options={options.label} />
      <Select aria-label="Show" placeholder="Show: all" clearable value={show || null} onChange={(value) => setShow(value ?? '')} data={Object.entries(kShow).map(([value, { label }]) => ({ value, label }))} w={175} clearButtonProps={{ 'aria-label': 'Show all' }} />
      {active && <Button variant="subtle" leftSection={<IconFilterOff size={15} aria-hidden="true" />} onClick={onClear}>Clear</Button>}
    </search>
  )
}

function FilterSelect({ parameter, label, options }: { parameter: string; label: string; options: string[] }) {
  const [values, setValues] = useUrlList(parameter)
  return (
    <MultiSelect aria-label={label} placeholder={values.length === 0 ? label : undefined} data={[...new Set([...options, ...values])]} value={values} onChange={setValues} searchable limit={200} w={values.length > 1 ? 230 : 138} nothingFoundMessage="Nothing" clearable clearButtonProps={{ 'aria-label': `Clear ${label}` }} />
  )
}
