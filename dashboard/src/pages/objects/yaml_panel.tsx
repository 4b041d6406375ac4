// An object as YAML: to read, to copy, and to change by those who may. What the server would store is checked by it first.
import { Button, Switch, Textarea } from '@mantine/core'
import { useMemo, useState } from 'react'
import { parse, stringify } from 'yaml'
import { useCan, useWrites } from '@/api/hooks'
import type { KubeObject } from '@/api/kube'
import type { Resource } from '@/api/resources'
import type { Right } from '@/api/session'
import { replacementPatch } from '@/fleet/merge_patch'
import { CodeBlock, DiffBlock } from '@/ui/code'
import { Card } from '@/ui/page'
import { toast } from '@/ui/toast'

/** Without what only the API server's bookkeeping needs. */
export function readable(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

function withoutStatus(object: KubeObject): unknown {
  const { status: _, ...rest } = readable(object) as Record<string, unknown>
  return rest
}

export function yamlOf(value: unknown): string {
  return stringify(value, { lineWidth: 140 })
}

export default function YamlPanel<T extends KubeObject>({ object, resource }: { object: T; resource: Resource<T> }) {
  const mayEdit = useCan(resource.plural as Right, 'patch')
  const [editing, setEditing] = useState<T>()
  const [whole, setWhole] = useState(true)
  if (editing) return <Editor object={editing} resource={resource} onClose={() => setEditing(undefined)} />
  return (
    <Card title="YAML" actions={<><Switch size="xs" label="With status" checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />{mayEdit && <Button size="compact-sm" variant="default" onClick={() => setEditing(object)}>Edit</Button>}</>}>
      <CodeBlock text={yamlOf(whole ? readable(object) : withoutStatus(object))} label="YAML" />
    </Card>
  )
}

function Editor<T extends KubeObject>({ object, resource, onClose }: { object: T; resource: Resource<T>; onClose: () => void }) {
  const before = useMemo(() => yamlOf(withoutStatus(object)), [object])
  const [text, setText] = useState(before)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const writes = useWrites(resource)
  const save = async () => {
    setBusy(true)
    setError(undefined)
    try {
      const changed = parse(text) as T
      if (changed?.metadata?.name !== object.metadata.name) throw new Error(`metadata.name must stay ${object.metadata.name}`)
      await writes.patch(object.metadata.name, replacementPatch(parse(before), changed))
      toast.done(`Saved ${object.metadata.name}`)
      onClose()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card title="Edit YAML" actions={<><Button size="compact-sm" variant="default" onClick={onClose}>Cancel</Button><Button size="compact-sm" loading={busy} disabled={text === before} onClick={() => void save()}>Save</Button></>}>
      <div className="stack">
        <Textarea aria-label="YAML" value={text} onChange={(event) => setText(event.currentTarget.value)} autosize={false} rows={Math.min(30, before.split('\n').length + 2)} spellCheck={false} className="mono-input" error={error} />
        {text !== before && <><h3>What changes</h3><DiffBlock before={before} after={text} label="What changes" /></>}
      </div>
    </Card>
  )
}
