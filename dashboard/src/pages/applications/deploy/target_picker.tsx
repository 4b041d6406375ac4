import { MultiSelect, SegmentedControl, TagsInput } from '@mantine/core'
import { useMemo } from 'react'
import type { Device } from '@/api/types.gen'
import { labelsInUse, targetText } from '@/fleet/label_selector'
import { Chip } from '@/ui/badge'
import { plural } from '@/ui/quantity'
import type { Draft } from './draft'

interface TargetPickerProps {
  draft: Draft
  devices: Device[]
  matching: Device[]
  onChange: (changes: Partial<Draft>) => void
}

/** Where it runs, with how many devices that is now. */
export function TargetPicker({ draft, devices, matching, onChange }: TargetPickerProps) {
  const labels = useMemo(() => labelsInUse(devices), [devices])
  const names = useMemo(() => devices.map((device) => device.metadata.name), [devices])
  const expressions = draft.before?.target.selector?.matchExpressions ?? []
  const known = new Map(labels.map(({ label, count }) => [label, count]))
  return (
    <div className="stack">
      <SegmentedControl aria-label="How devices are chosen" value={draft.targetKind} onChange={(value) => onChange({ targetKind: value as Draft['targetKind'] })}
        data={[{ value: 'selector', label: 'By labels' }, { value: 'names', label: 'By name' }, { value: 'all', label: 'Every device' }]} />
      {draft.targetKind === 'selector' && (
        <TagsInput label="Labels that a device must have" description="key=value; devices that get these labels later get the application as well" placeholder={draft.labels.length === 0 ? 'site=lab' : undefined} data={labels.map(({ label }) => label)} value={draft.labels}
          onChange={(value) => onChange({ labels: value.filter((label) => label.includes('=')) })} renderOption={({ option }) => <span>{option.value} <span className="dim">{plural(known.get(option.value) ?? 0, 'device')}</span></span>} />
      )}
      {draft.targetKind === 'selector' && expressions.length > 0 && <p>And, kept as is: <Chip>{targetText({ selector: { matchExpressions: expressions } })}</Chip></p>}
      {draft.targetKind === 'names' && <MultiSelect label="Devices" data={names} value={draft.deviceNames} onChange={(deviceNames) => onChange({ deviceNames })} searchable limit={100} placeholder={draft.deviceNames.length === 0 ? 'Choose devices' : undefined} clearable clearButtonProps={{ 'aria-label': 'Choose none' }} />}
      <p role="status"><strong>{plural(matching.length, 'device')}</strong> {matching.length === 1 ? 'matches' : 'match'} now{draft.targetKind === 'selector' && draft.labels.length + expressions.length === 0 ? ': no label means every device.' : '.'}</p>
    </div>
  )
}
