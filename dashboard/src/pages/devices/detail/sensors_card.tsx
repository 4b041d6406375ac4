// What the sensors of an emulated board measure, and making them measure something else.
import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { useAction, useCan, useInvalidate, useNamespace, useQueryData } from '@/api/hooks'
import { send } from '@/api/http'
import type { Device } from '@/api/types.gen'
import { Card } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'

/** The sensors are read while the tab is open; nothing announces a change of them. */
const kSensorsMs = 2000

/** Units of what the emulator measures (docs/reference/objects.md). */
const kUnits: Readonly<Record<string, string>> = { temperature: '°C' }

export function SensorsCard({ device }: { device: Device }) {
  const namespace = useNamespace()
  const mayRead = useCan('devices/console', 'get')
  const on = device.status?.emulation?.state === 'Running'
  const path = `/emulator/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(device.metadata.name)}/sensors`
  const key = ['sensors', namespace, device.metadata.name]
  const { data, error } = useQueryData<{ sensors: Record<string, number> }>(key, mayRead && on ? path : undefined, kSensorsMs)
  if (!mayRead) return null
  const sensors = Object.entries(data?.sensors ?? {})
  return (
    <Card title="Sensors, as the emulator has them">
      {!on ? <Empty title="The board is off">Switch it on to see what its sensors measure.</Empty>
        : error?.code === 409 ? <Empty title="No sensors to read">{error.message}</Empty>
        : error ? <Failed what="The sensors cannot be read" message={error.message} />
        : !data ? <Loading />
        : sensors.length === 0 ? <p className="dim">The board has no sensor that is emulated.</p>
        : <div className="stack">{sensors.map(([sensor, value]) => <Sensor key={sensor} sensor={sensor} value={value} path={path} queryKey={key} />)}</div>}
    </Card>
  )
}

function Sensor({ sensor, value, path, queryKey }: { sensor: string; value: number; path: string; queryKey: readonly unknown[] }) {
  const maySet = useCan('devices/power', 'create')
  const invalidate = useInvalidate()
  const [wanted, setWanted] = useState<number | string>('')
  const set = useAction(async (measured: number) => {
    await send(path, { method: 'POST', body: { [sensor]: measured } })
    await invalidate(queryKey)
  })
  const unit = kUnits[sensor] ?? ''
  return (
    <form className="stack" onSubmit={(event) => {
      event.preventDefault()
      if (typeof wanted === 'number') set.mutate(wanted, { onSuccess: () => setWanted('') })
    }}>
      <p>{sensor} <strong>{value}{unit && ` ${unit}`}</strong></p>
      {maySet && (
        <div className="row" style={{ alignItems: 'flex-end' }}>
          <NumberInput label={`Make ${sensor} measure`} description="It stays so over resets and power cuts, until the emulator ends" value={wanted} onChange={setWanted} suffix={unit && ` ${unit}`} decimalScale={3} hideControls />
          <Button type="submit" variant="default" loading={set.isPending} disabled={typeof wanted !== 'number'}>Set</Button>
        </div>
      )}
      {set.error && <div role="alert" className="text-bad"><strong>Not set.</strong> {set.error.message}</div>}
    </form>
  )
}
