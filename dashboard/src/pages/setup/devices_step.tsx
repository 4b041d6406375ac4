import { Button, NumberInput, SegmentedControl, Select, TagsInput, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useCan, useObjects, useWrites } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import { useSystem } from '@/api/system'
import { nameProblem } from '@/pages/applications/deploy/draft'
import { Card } from '@/ui/page'
import { plural } from '@/ui/quantity'
import { DeviceProgress } from './device_progress'
import { nextNames } from './device_names'
import type { Made } from './setup'
import { StepFrame } from './step_frame'

interface DevicesStepProps {
  made: Made
  onMade: (changes: Partial<Made>) => void
  onNext: () => void
  onBack: () => void
}

/** More at once belongs into a file of objects. */
const kCountMax = 50

export function DevicesStep({ made, onMade, onNext, onBack }: DevicesStepProps) {
  const { data: system } = useSystem()
  const { items: devices } = useObjects(kDevices)
  const writes = useWrites(kDevices)
  const may = useCan('devices', 'create')
  const boards = useMemo(() => (system?.boards ?? []).map((board) => ({ value: board.name, label: board.found ? board.name : `${board.name} (cannot be emulated here)` })), [system])
  const [kind, setKind] = useState('emulated')
  const [chosenBoard, setBoard] = useState<string>()
  const board = chosenBoard ?? system?.boards.find((entry) => entry.found && entry.kind === 'qemu')?.name ?? boards[0]?.value ?? ''
  const [count, setCount] = useState<number>(2)
  const [prefix, setPrefix] = useState('board')
  const [labels, setLabels] = useState<string[]>(['group=first'])
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const names = useMemo(() => (nameProblem(prefix) ? [] : nextNames(prefix, count, new Set(devices.map((device) => device.metadata.name)))), [prefix, count, devices])
  const create = async () => {
    setBusy(true)
    setError(undefined)
    const created: string[] = []
    try {
      for (const name of names) {
        const labelPairs = Object.fromEntries(labels.map((label) => [label.slice(0, label.indexOf('=')), label.slice(label.indexOf('=') + 1)]))
        await writes.create({ metadata: { name, labels: labelPairs }, spec: { board, ...(kind === 'emulated' && { emulation: { enabled: true } }) } })
        created.push(name)
      }
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
      if (created.length > 0) onMade({ devices: [...made.devices, ...created], labels })
    }
  }
  return (
    <div className="stack-lg">
      <StepFrame title="Which devices" onNext={onNext} onBack={onBack} nextLabel={made.devices.length > 0 || devices.length > 0 ? 'Next' : 'Skip'}
        actions={may && <Button onClick={() => void create()} loading={busy} disabled={names.length === 0 || board === ''}>Create {plural(names.length, 'device')}</Button>}>
        {!may && <p className="text-warn">Your role does not allow creating devices.</p>}
        <SegmentedControl aria-label="Kind of devices" value={kind} onChange={setKind} data={[{ value: 'emulated', label: 'Emulated here' }, { value: 'real', label: 'Real boards' }]} />
        <div className="cols-2">
          <Select label="Board" data={boards} value={board || null} onChange={(value) => value && setBoard(value)} allowDeselect={false} />
          <NumberInput label="How many" value={count} min={1} max={kCountMax} allowDecimal={false} clampBehavior="strict" onChange={(value) => typeof value === 'number' && setCount(value)} />
          <TextInput label="Names begin with" value={prefix} onChange={(event) => setPrefix(event.currentTarget.value)} error={nameProblem(prefix)} description={names.length > 0 ? `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}` : undefined} inputWrapperOrder={['label', 'input', 'description', 'error']} />
          <TagsInput label="Labels" description="key=value; applications choose devices by them" value={labels} onChange={(value) => setLabels(value.filter((label) => /^[^=]+=/.test(label)))} inputWrapperOrder={['label', 'input', 'description', 'error']} />
        </div>
        {kind === 'real' && <p className="dim">Each device gets an enrollment token, good once. It is shown below after the device was created, and goes onto the board with its factory data.</p>}
        {error && <div role="alert" className="text-bad"><strong>Not created.</strong> {error}</div>}
      </StepFrame>
      {made.devices.length > 0 && <Card title="Created" flush><DeviceProgress names={made.devices} /></Card>}
    </div>
  )
}
