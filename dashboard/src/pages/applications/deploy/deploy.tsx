// Deploying an application, or giving one a new module: everything on one page, checked as it is filled in.
import { Button, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useNavigate, useParams } from 'react-router-dom'
import { useAction, useObject, useObjects, useWrites } from '@/api/hooks'
import { kApplications, kDevices } from '@/api/resources'
import { bytesOfBase64 } from '@/api/stream_hub'
import type { Application } from '@/api/types.gen'
import { matchesTarget } from '@/fleet/label_selector'
import { replacementPatch } from '@/fleet/merge_patch'
import { CodeBlock } from '@/ui/code'
import { Card, PageHead } from '@/ui/page'
import { Empty, Loading } from '@/ui/states'
import { toast } from '@/ui/toast'
import { neededKinds } from '@/wasm/requirements'
import { yamlOf } from '@/pages/objects/yaml_panel'
import { Checks, useChecks } from './checks'
import { type Draft, draftOfApplication, kEmptyDraft } from './draft'
import { applicationOf, keptOf, targetOf } from './draft_object'
import { ModulePicker, useModuleInfo } from './module_picker'
import { Limits, Permissions, RolloutPlan } from './settings'
import { TargetPicker } from './target_picker'

export default function Deploy() {
  const { name } = useParams()
  const { object, loaded } = useObject(kApplications, name ?? '')
  const [first, setFirst] = useState<Application>()
  if (name === undefined) return <DeployForm initial={kEmptyDraft} />
  // The form starts from the object as it was when it was opened: what changes meanwhile must not overwrite what was typed.
  if (first) return <DeployForm initial={draftOfApplication(first, bytesOfBase64(first.spec.module.inline))} existing={first} />
  if (object) queueMicrotask(() => setFirst(object))
  return loaded && !object ? <Empty title={`There is no application ${name}`} /> : <Loading />
}

function DeployForm({ initial, existing }: { initial: Draft; existing?: Application }) {
  const navigate = useNavigate()
  const [draft, setDraft] = useState(initial)
  const change = (changes: Partial<Draft>) => setDraft((current) => ({ ...current, ...changes }))
  const { items: devices } = useObjects(kDevices)
  const { items: applications } = useObjects(kApplications)
  const writes = useWrites(kApplications)
  const reading = useModuleInfo(draft.module)
  const target = targetOf(draft)
  const targetKey = JSON.stringify(target)
  const matching = useMemo(() => devices.filter((device) => matchesTarget(device, JSON.parse(targetKey))), [devices, targetKey])
  const taken = useMemo(() => new Set(existing ? [] : applications.map((app) => app.metadata.name)), [applications, existing])
  const { checks, blocked } = useChecks(draft, reading, matching, taken)
  const deploy = useAction(async () => {
    const wanted = applicationOf(draft)
    if (existing) await writes.patch(draft.name, { spec: replacementPatch(existing.spec, wanted.spec) })
    else await writes.create(wanted)
  })
  const send = () => deploy.mutate(undefined, {
    onSuccess: () => {
      toast.done(existing ? `${draft.name} has a new revision` : `${draft.name} is deployed`)
      navigate(`/applications/${draft.name}`)
    },
  })
  return (
    <>
      <PageHead title={existing ? `New revision of ${draft.name}` : 'Deploy an application'} crumbs={[{ label: 'Applications', to: '/applications' }]} />
      <div className="cols-main">
        <div className="stack-lg">
          <Card title="1. Program"><ModulePicker draft={draft} reading={reading} onChange={change} templates={!existing} /></Card>
          <Card title="2. Name and devices">
            <div className="stack">
              <TextInput label="Name" value={draft.name} disabled={existing !== undefined} onChange={(event) => change({ name: event.currentTarget.value })} maxLength={63} spellCheck={false} />
              <TargetPicker draft={draft} devices={devices} matching={matching} onChange={change} />
            </div>
          </Card>
          <Card title="3. Permissions"><Permissions draft={draft} onChange={change} needed={reading && 'info' in reading ? neededKinds(reading.info) : []} /></Card>
          <Card title="4. Limits and configuration"><Limits draft={draft} onChange={change} /></Card>
          <Card title="5. Rollout"><RolloutPlan draft={draft} onChange={change} matching={matching} /></Card>
        </div>
        <div className="stack-lg side-sticky">
          <Card title="Checks">
            <div className="stack">
              <Checks checks={checks} />
              {deploy.error && <div role="alert" className="text-bad"><strong>Refused.</strong> {deploy.error.message}</div>}
              <Button onClick={send} disabled={blocked} loading={deploy.isPending} fullWidth>{existing ? 'Roll out' : 'Deploy'}</Button>
            </div>
          </Card>
          <Kept draft={draft} />
          <Card title="As YAML"><CodeBlock text={preview(draft)} label="The object as YAML" /></Card>
        </div>
      </div>
    </>
  )
}

/** What the form does not edit, so that nobody thinks it is gone. */
function Kept({ draft }: { draft: Draft }) {
  const kept = keptOf(draft)
  if (kept === undefined) return null
  return <Card title="Kept as is"><div className="stack"><p className="dim">This form does not edit these; the application’s YAML tab does.</p><CodeBlock text={yamlOf(kept)} label="Kept as is" /></div></Card>
}

/** The object with its module cut short: nobody reads base64. */
function preview(draft: Draft): string {
  const { metadata, spec } = applicationOf(draft)
  const inline = spec.module.inline.length > 48 ? `${spec.module.inline.slice(0, 48)}…` : spec.module.inline
  return yamlOf({ apiVersion: 'wasmbed.io/v1alpha1', kind: 'Application', metadata, spec: { ...spec, module: { inline } } })
}
