// The device's shadow: what it should take on, what it says it has, and the difference.
import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useCan, useWrites } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { CodeBlock, DiffBlock } from '@/ui/code'
import { Card } from '@/ui/page'
import { toast } from '@/ui/toast'
import { replacementPatch } from '@/fleet/merge_patch'

/** Limit of the schema, in bytes of JSON. */
const kDesiredBytesMax = 4096

const pretty = (value: unknown) => JSON.stringify(value ?? {}, null, 2)

export function ShadowCard({ device }: { device: Device }) {
  const mayEdit = useCan('devices', 'patch')
  const [editing, setEditing] = useState(false)
  const desired = device.spec.shadow?.desired
  const reported = device.status?.shadow?.reported
  const behind = desired !== undefined && device.status?.shadow?.reportedGeneration !== undefined && device.status.shadow.reportedGeneration !== device.status.shadow.desiredGeneration
  return (
    <Card title="Shadow" actions={mayEdit && !editing && <Button size="compact-sm" variant="default" onClick={() => setEditing(true)}>{desired ? 'Edit desired state' : 'Set desired state'}</Button>}>
      {editing ? <ShadowEditor device={device} onClose={() => setEditing(false)} />
        : desired === undefined && reported === undefined ? <p className="dim">No desired state is set, and the device reported none.</p>
        : (
          <div className="stack">
            <div className="cols-2">
              <div className="stack"><h3>Desired</h3><CodeBlock text={pretty(desired)} label="Desired state" /></div>
              <div className="stack"><h3>Reported</h3>{reported === undefined ? <p className="dim">The device has reported no state.</p> : <CodeBlock text={pretty(reported)} label="Reported state" />}</div>
            </div>
            {reported !== undefined && pretty(desired) !== pretty(reported) && <><h3>Difference, reported to desired</h3><DiffBlock before={pretty(reported)} after={pretty(desired)} label="Difference" /></>}
            {behind && <p className="dim">The device has not answered the latest desired state yet.</p>}
          </div>
        )}
    </Card>
  )
}

function ShadowEditor({ device, onClose }: { device: Device; onClose: () => void }) {
  const before = device.spec.shadow?.desired
  const [text, setText] = useState(pretty(before))
  const [error, setError] = useState<string>()
  const writes = useWrites(kDevices)
  const save = async () => {
    try {
      const value = JSON.parse(text) as unknown
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('The desired state is an object: {…}')
      const size = new TextEncoder().encode(JSON.stringify(value)).length
      if (size > kDesiredBytesMax) throw new Error(`It has ${size} bytes; at most ${kDesiredBytesMax} are taken.`)
      await writes.patch(device.metadata.name, { spec: { shadow: { desired: replacementPatch(before, value) } } })
      toast.done(`Desired state of ${device.metadata.name} saved`)
      onClose()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    }
  }
  return (
    <div className="stack">
      <Textarea label="Desired state, JSON" value={text} onChange={(event) => setText(event.currentTarget.value)} rows={10} spellCheck={false} className="mono-input" error={error} />
      <div className="row"><Button onClick={() => void save()}>Save</Button><Button variant="default" onClick={onClose}>Cancel</Button></div>
    </div>
  )
}
