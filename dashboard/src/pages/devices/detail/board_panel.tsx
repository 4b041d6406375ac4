// What the board shows: its LEDs, as the device itself reports them and, where emulated, as the emulator reads the register; and what its sensors
// measure, where emulated.
import { useMemo } from 'react'
import { useCan, useNamespace, useQueryData } from '@/api/hooks'
import { useRecords, type DeviceRecord } from '@/api/records'
import type { Device } from '@/api/types.gen'
import { isConnected, isEmulated } from '@/fleet/device_state'
import { Card, KeyValues } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { durationText } from '@/ui/time'
import { SensorsCard } from './sensors_card'
import './board.css'

interface DeviceState {
  leds?: Record<string, number>
  uptimeMs?: number
  firmware?: { version?: string }
}

/** The register is read while the tab is open; nothing announces a change of it. */
const kRegisterMs = 1000
const kStateMs = 5000
const kEvents: DeviceRecord['kind'][] = ['event']

export default function BoardPanel({ device }: { device: Device }) {
  const mayState = useCan('devices/state', 'get')
  const connected = isConnected(device)
  if (!mayState) return <Empty title="Your role does not allow this">Reading the state of a device needs `get` on devices/state.</Empty>
  return (
    <div className="cols-2">
      {connected ? <Reported device={device} /> : <Card title="LEDs, as the device says"><Empty title="Not connected">Nothing is known of it at the moment.</Empty></Card>}
      {isEmulated(device) && <Register device={device} />}
      {isEmulated(device) && <SensorsCard device={device} />}
    </div>
  )
}

function Reported({ device }: { device: Device }) {
  const namespace = useNamespace()
  const name = device.metadata.name
  const gateway = device.status?.session?.gateway ?? ''
  const path = `/gateways/${encodeURIComponent(namespace)}/${encodeURIComponent(gateway)}/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(name)}/state`
  const { data, error } = useQueryData<DeviceState>(['state', namespace, name, gateway], path, kStateMs)
  const { records } = useRecords({ device: name, kinds: kEvents, tail: 20 }, gateway)
  // Events of the LEDs are newer than the state that was read.
  const leds = useMemo(() => {
    const known = new Map<string, number>(Object.entries(data?.leds ?? {}))
    for (const record of records) if (record.event === 'led' && record.bootId === device.status?.session?.bootId) known.set(String(record.index), record.value ?? 0)
    return known
  }, [data, records, device.status?.session?.bootId])
  return (
    <Card title="LEDs, as the device says">
      {error && !data ? <Failed what="The state cannot be read" message={error.message} /> : !data ? <Loading /> : (
        <div className="stack">
          <Leds leds={leds} />
          <KeyValues entries={[['Up for', data.uptimeMs === undefined ? undefined : durationText(data.uptimeMs)]]} />
        </div>
      )}
    </Card>
  )
}

function Register({ device }: { device: Device }) {
  const namespace = useNamespace()
  const may = useCan('devices/console', 'get')
  const name = device.metadata.name
  const on = device.status?.emulation?.state === 'Running'
  const path = may && on ? `/emulator/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(name)}/leds` : undefined
  const { data, error } = useQueryData<{ leds: Record<string, number> }>(['leds', namespace, name], path, kRegisterMs)
  if (!may) return null
  return (
    <Card title="LEDs, as the emulator reads them">
      {!on ? <Empty title="The board is off">Switch it on to see its LEDs.</Empty>
        : error?.code === 409 ? <Empty title="No LEDs to read">{error.message}</Empty>
        : error ? <Failed what="The LEDs cannot be read" message={error.message} />
        : !data ? <Loading /> : <Leds leds={new Map(Object.entries(data.leds))} />}
    </Card>
  )
}

function Leds({ leds }: { leds: ReadonlyMap<string, number> }) {
  if (leds.size === 0) return <p className="dim">No LED was set yet.</p>
  return (
    <ul className="leds">
      {[...leds].sort(([a], [b]) => Number(a) - Number(b)).map(([index, value]) => (
        <li key={index}><span className={value ? 'led on' : 'led'} aria-hidden="true" />LED {index} <strong>{value ? 'on' : 'off'}</strong></li>
      ))}
    </ul>
  )
}
