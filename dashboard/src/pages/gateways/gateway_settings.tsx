import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { useCan, useWrites } from '@/api/hooks'
import { kGateways } from '@/api/resources'
import { kGatewayBounds, type Gateway } from '@/api/types.gen'
import { Card, KeyValues } from '@/ui/page'
import { toast } from '@/ui/toast'

const kHeartbeat = kGatewayBounds.heartbeatSeconds
const kUnreachable = kGatewayBounds.unreachableSeconds
const kCapacity = kGatewayBounds.capacity

/** Timeouts and capacity, within what the schema allows. */
export function GatewaySettings({ gateway }: { gateway: Gateway }) {
  const mayEdit = useCan('gateways', 'patch')
  const { spec } = gateway
  const [heartbeat, setHeartbeat] = useState<number | string>(spec.heartbeatSeconds ?? kHeartbeat.default)
  const [unreachable, setUnreachable] = useState<number | string>(spec.unreachableSeconds ?? kUnreachable.default)
  const [capacity, setCapacity] = useState<number | string>(spec.capacity ?? '')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const writes = useWrites(kGateways)
  if (!mayEdit) return <Card title="Timeouts"><KeyValues entries={[['Heartbeat', `${spec.heartbeatSeconds ?? kHeartbeat.default} s`], ['Unreachable after', `${spec.unreachableSeconds ?? kUnreachable.default} s`]]} /></Card>
  const changed = heartbeat !== (spec.heartbeatSeconds ?? kHeartbeat.default) || unreachable !== (spec.unreachableSeconds ?? kUnreachable.default) || capacity !== (spec.capacity ?? '')
  const ends = typeof heartbeat === 'number' ? `${3 * heartbeat} s` : ''
  const save = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await writes.patch(gateway.metadata.name, { spec: { heartbeatSeconds: heartbeat, unreachableSeconds: unreachable, capacity: capacity === '' ? null : capacity } })
      toast.done(`Settings of ${gateway.metadata.name} saved`)
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card title="Timeouts and capacity">
      <div className="stack">
        <NumberInput label="Heartbeat, seconds" description={`A session ends when three are missed: after ${ends}`} value={heartbeat} onChange={setHeartbeat} min={kHeartbeat.minimum} max={kHeartbeat.maximum} allowDecimal={false} />
        <NumberInput label="Unreachable after, seconds" description="without a session" value={unreachable} onChange={setUnreachable} min={kUnreachable.minimum} max={kUnreachable.maximum} allowDecimal={false} />
        <NumberInput label="Sessions at most" description="Empty: as many as it can hold" value={capacity} onChange={setCapacity} min={kCapacity.minimum} max={kCapacity.maximum} allowDecimal={false} />
        {error && <div role="alert" className="text-bad">{error}</div>}
        <Button onClick={() => void save()} disabled={!changed || heartbeat === '' || unreachable === ''} loading={busy}>Save</Button>
      </div>
    </Card>
  )
}
