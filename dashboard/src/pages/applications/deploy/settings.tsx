// Permissions, limits, configuration and the rollout plan of an application being made.
import { Checkbox, NumberInput, SegmentedControl, TagsInput } from '@mantine/core'
import { kApplicationBounds, type Device } from '@/api/types.gen'
import { kPermissionExamples, permissionProblem, permissionText } from '@/fleet/permissions'
import { plannedSteps } from '@/fleet/rollout'
import { SegmentBar } from '@/ui/segments'
import type { Draft } from './draft'
import { batchesOf } from './rollout_steps'

interface SettingsProps {
  draft: Draft
  onChange: (changes: Partial<Draft>) => void
}

export function Permissions({ draft, onChange, needed }: SettingsProps & { needed: string[] }) {
  const problems = draft.permissions.map(permissionProblem).filter(Boolean)
  const suggestions = needed.flatMap((kind) => kPermissionExamples[kind] ?? [])
  return (
    <div className="stack">
      <TagsInput label="Permissions" description="What it may touch; everything else is denied" placeholder={draft.permissions.length === 0 ? 'led:0' : undefined} data={suggestions} value={draft.permissions} onChange={(permissions) => onChange({ permissions })} error={problems[0]} />
      {draft.permissions.length > 0 ? (
        <div>It may:<ul className="sentences">{draft.permissions.map((permission) => <li key={permission}>{permissionText(permission)}</li>)}</ul></div>
      ) : <p className="dim">It may compute, log, sleep and ask the time; nothing else.</p>}
    </div>
  )
}

const kBounds = {
  memory: kApplicationBounds['limits.memory'], stack: kApplicationBounds['limits.stack'], fuelPerSecond: kApplicationBounds['limits.fuelPerSecond'], storage: kApplicationBounds['limits.storage'],
  maxRestarts: kApplicationBounds['restart.maxRestarts'], backoffMs: kApplicationBounds['restart.backoffMs'], maxUnavailable: kApplicationBounds['rollout.maxUnavailable'],
}

function Limit({ label, description, field, draft, onChange }: SettingsProps & { label: string; description: string; field: keyof typeof kBounds }) {
  const bounds = kBounds[field]
  return <NumberInput label={label} description={description} value={draft[field] ?? ''} min={bounds.minimum} max={bounds.maximum} allowDecimal={false} thousandSeparator=" " hideControls onChange={(value) => onChange({ [field]: typeof value === 'number' ? value : undefined })} />
}

export function Limits(props: SettingsProps) {
  const { draft, onChange } = props
  return (
    <div className="stack">
      <div className="cols-2">
        <Limit {...props} field="memory" label="Memory, bytes" description="Empty: what the module declares" />
        <Limit {...props} field="stack" label="Stack, bytes" description="Empty: 4096" />
        <Limit {...props} field="fuelPerSecond" label="Fuel per second" description="Empty: unlimited, shared fairly" />
        <Limit {...props} field="storage" label="Storage, bytes" description="Empty: 4096" />
      </div>
      <div>
        <div className="mantine-InputWrapper-label" style={{ fontWeight: 500, marginBottom: 4 }}>When it ends, start it again</div>
        <SegmentedControl aria-label="Restart" value={draft.restart} onChange={(restart) => onChange({ restart: restart as Draft['restart'] })} data={[{ value: 'Always', label: 'always' }, { value: 'OnFailure', label: 'when it failed' }, { value: 'Never', label: 'never' }]} />
      </div>
      {draft.restart !== 'Never' && (
        <div className="cols-2">
          <Limit {...props} field="maxRestarts" label="Restarts at most" description="Empty or 0: no limit" />
          <Limit {...props} field="backoffMs" label="First wait, milliseconds" description="Doubles with each, up to 60 s. Empty: 1000" />
        </div>
      )}
      <div className="cols-2">
        <TagsInput label="Arguments" value={draft.args} onChange={(args) => onChange({ args })} allowDuplicates maxTags={16} />
        <TagsInput label="Environment" description="NAME=value" value={draft.env} onChange={(env) => onChange({ env: env.filter((entry) => entry.includes('=')) })} maxTags={16} />
      </div>
    </div>
  )
}

export function RolloutPlan({ draft, onChange, matching }: SettingsProps & { matching: Device[] }) {
  const batches = batchesOf(draft.batches, draft.before?.rollout?.batches)
  const wrong = draft.batches[batches.indexOf(undefined)]
  const steps = plannedSteps(batches.filter((batch) => batch !== undefined), matching)
  return (
    <div className="stack">
      <TagsInput label="Steps" description="Devices that have it after each step: a number, a percentage, or labels (site=lab, canary). Enter ends one. All the rest follow in a last step. None: all at once." placeholder={draft.batches.length === 0 ? '1, then 10%, then 50%' : undefined} value={draft.batches}
        splitChars={[';']} onChange={(batches) => onChange({ batches })} data={['1', '10%', '25%', '50%']} error={wrong && `“${wrong}” is no step: 5, 10% or site=lab, canary`} />
      <div className="steps">
        {steps.map((step, index) => (
          <div className="step" key={index}>
            <span>{index + 1}. {step.label}</span>
            <SegmentBar segments={[{ tone: 'ok', count: step.devices, label: 'devices' }]} total={matching.length} label={`Step ${index + 1}`} />
            <span className="dim nowrap">{step.devices} of {matching.length}</span>
          </div>
        ))}
      </div>
      {draft.batches.length > 0 && (
        <>
          <div className="cols-2">
            <NumberInput label="Success needed, %" description="of the devices moved so far, before the next step" value={draft.successThreshold} min={1} max={100} allowDecimal={false} onChange={(value) => typeof value === 'number' && onChange({ successThreshold: value })} />
            <NumberInput label="For at least, seconds" description="without a break, before the next step" value={draft.minReadySeconds} min={0} max={604800} allowDecimal={false} onChange={(value) => typeof value === 'number' && onChange({ minReadySeconds: value })} />
          </div>
          <Limit draft={draft} onChange={onChange} field="maxUnavailable" label="Devices not running it, at most" description="Of those moved so far; no more is moved meanwhile. Empty: a step moves its devices at once" />
          <Checkbox label="Wait for a person before each step after the first" checked={draft.manualApproval} onChange={(event) => onChange({ manualApproval: event.currentTarget.checked })} />
          <Checkbox label="Go back by itself when it fails" checked={draft.autoRollback} onChange={(event) => onChange({ autoRollback: event.currentTarget.checked })} />
        </>
      )}
    </div>
  )
}
