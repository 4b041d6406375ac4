// The device's shadow: what its gateway told it to have, what it says it has, and the difference. What is desired follows from the
// applications and from the Device's spec; the part that is the device's own is edited here. `spec.shadow.desired`, a free document, is not
// offered: no firmware reads it.
import { Select, Switch } from '@mantine/core'
import { useCan, useNamespace, useObjects, useQueryData, useWrites } from '@/api/hooks'
import { kDevices, kGateways } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { isConnected } from '@/fleet/device_state'
import { desiredShadow, reportedShadow, shadowText, type ShadowSource } from '@/fleet/shadow'
import { CodeBlock, DiffBlock } from '@/ui/code'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/page'
import { Failed, Loading } from '@/ui/states'
import { toast } from '@/ui/toast'

export function ShadowCard({ device }: { device: Device }) {
  const mayRead = useCan('devices/state', 'get')
  if (!mayRead) return null
  return (
    <Card title="Shadow">
      <div className="stack">
        <Sides device={device} />
        <Desires device={device} />
      </div>
    </Card>
  )
}

function Sides({ device }: { device: Device }) {
  const namespace = useNamespace()
  const { name } = device.metadata
  const gateway = device.status?.session?.gateway ?? ''
  const connected = isConnected(device)
  const path = `/gateways/${encodeURIComponent(namespace)}/${encodeURIComponent(gateway)}/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(name)}/state`
  // Whenever the Device's status or spec changes, the state is read again: it changes with them.
  const { data, error } = useQueryData<ShadowSource>(['shadow', namespace, name, gateway, device.metadata.resourceVersion], connected ? path : undefined, 2000)
  if (!connected) return <p className="dim">Not connected: what it has now is not known, and what it should have it is told when it comes back.</p>
  if (error && !data) return <Failed what="The state cannot be read" message={error.message} />
  if (!data) return <Loading />
  const desired = desiredShadow(data)
  const reported = reportedShadow(data)
  if (!desired || !reported) return <p className="dim">The device has not reported in this session yet.</p>
  const [before, after] = [shadowText(reported), shadowText(desired)]
  return (
    <>
      <div className="cols-2">
        <div className="stack"><h3>Desired</h3><CodeBlock text={after} label="Desired state" /></div>
        <div className="stack"><h3>Reported</h3><CodeBlock text={before} label="Reported state" /></div>
      </div>
      {before === after ? <div><Badge tone="ok">In sync</Badge></div> : <><h3>Difference, reported to desired</h3><DiffBlock before={before} after={after} label="Difference" /></>}
    </>
  )
}

function Desires({ device }: { device: Device }) {
  const mayEdit = useCan('devices', 'patch')
  const writes = useWrites(kDevices)
  const { items: gateways } = useObjects(kGateways)
  const { name } = device.metadata
  const patch = (spec: Record<string, unknown>, done: string) => void writes.patch(name, { spec }).then(() => toast.done(done), (error: Error) => toast.failed(`${name} was not changed`, error.message))
  return (
    <div className="cols-2">
      <Switch label="Runs its apps" description="Off: it keeps its session and stops all apps" checked={!device.spec.suspended} disabled={!mayEdit}
        onChange={(event) => patch({ suspended: event.currentTarget.checked ? null : true }, event.currentTarget.checked ? `${name} is to run its apps` : `${name} is to stop its apps`)} />
      <Select label="Preferred gateway" placeholder="any" clearable disabled={!mayEdit} value={device.spec.gateway ?? null} data={[...new Set([...gateways.map((gateway) => gateway.metadata.name), ...(device.spec.gateway ? [device.spec.gateway] : [])])]}
        onChange={(value) => patch({ gateway: value }, value ? `${name} is to prefer ${value}` : `${name} prefers no gateway`)} clearButtonProps={{ 'aria-label': 'No preferred gateway' }} />
    </div>
  )
}
