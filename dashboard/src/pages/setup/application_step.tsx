import { Button, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Link } from 'react-router-dom'
import { useCan, useObjects, useWrites } from '@/api/hooks'
import { kApplications, kDevices } from '@/api/resources'
import { matchesTarget } from '@/fleet/label_selector'
import { permissionText } from '@/fleet/permissions'
import { Checks, useChecks } from '@/pages/applications/deploy/checks'
import { type Draft, kEmptyDraft } from '@/pages/applications/deploy/draft'
import { applicationOf, targetOf } from '@/pages/applications/deploy/draft_object'
import { ModulePicker, useModuleInfo } from '@/pages/applications/deploy/module_picker'
import { TargetPicker } from '@/pages/applications/deploy/target_picker'
import type { Made } from './setup'
import { StepFrame } from './step_frame'

interface ApplicationStepProps {
  made: Made
  onMade: (changes: Partial<Made>) => void
  onNext: () => void
  onBack: () => void
}

export function ApplicationStep({ made, onMade, onNext, onBack }: ApplicationStepProps) {
  const [draft, setDraft] = useState<Draft>({ ...kEmptyDraft, labels: made.labels })
  const change = (changes: Partial<Draft>) => setDraft((current) => ({ ...current, ...changes }))
  const { items: devices } = useObjects(kDevices)
  const { items: applications } = useObjects(kApplications)
  const writes = useWrites(kApplications)
  const may = useCan('applications', 'create')
  const reading = useModuleInfo(draft.module)
  const matching = useMemo(() => devices.filter((device) => matchesTarget(device, targetOf(draft))), [devices, draft])
  const taken = useMemo(() => new Set(applications.map((app) => app.metadata.name)), [applications])
  const { checks, blocked } = useChecks(draft, reading, matching, taken)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const deploy = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await writes.create(applicationOf(draft))
      onMade({ applications: [...made.applications, draft.name] })
      onNext()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <StepFrame title="What should run" onNext={onNext} onBack={onBack} nextLabel="Skip" actions={may && <Button onClick={() => void deploy()} disabled={blocked} loading={busy}>Deploy</Button>}>
      {!may && <p className="text-warn">Your role does not allow deploying applications.</p>}
      <p className="dim">A template to begin with, or a module of your own. Limits and a rollout plan: <Link to="/applications/new">the whole form</Link>.</p>
      <ModulePicker draft={draft} reading={reading} onChange={change} />
      {draft.module && (
        <>
          <TextInput label="Name" value={draft.name} onChange={(event) => change({ name: event.currentTarget.value })} maxLength={63} spellCheck={false} />
          <TargetPicker draft={draft} devices={devices} matching={matching} onChange={change} />
          {draft.permissions.length > 0 && <p>It may {draft.permissions.map(permissionText).join(', ')}.</p>}
          <Checks checks={checks} />
        </>
      )}
      {error && <div role="alert" className="text-bad"><strong>Refused.</strong> {error}</div>}
    </StepFrame>
  )
}
