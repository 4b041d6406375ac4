import { Button, Modal, MultiSelect, TagsInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useObjects, useWrites } from '@/api/hooks'
import { kDevices } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { labelsInUse } from '@/fleet/label_selector'
import { labelKeys, labelPatch, labelProblem } from '@/fleet/labels'
import { plural } from '@/ui/quantity'
import { toast } from '@/ui/toast'
import { runOnAll } from './run_on_all'

/** Sets and removes labels of devices; applications that choose by label follow. */
export function LabelDialog({ devices, opened, onClose }: { devices: Device[]; opened: boolean; onClose: () => void }) {
  const subject = devices.length === 1 ? devices[0]!.metadata.name : plural(devices.length, 'device')
  return (
    <Modal opened={opened} onClose={onClose} title={`Labels of ${subject}`} lockScroll={false}>
      {opened && <LabelForm devices={devices} subject={subject} onClose={onClose} />}
    </Modal>
  )
}

function LabelForm({ devices, subject, onClose }: { devices: Device[]; subject: string; onClose: () => void }) {
  const writes = useWrites(kDevices)
  const { items } = useObjects(kDevices)
  const known = useMemo(() => labelsInUse(items).map(({ label }) => label), [items])
  const [set, setSet] = useState<string[]>([])
  const [remove, setRemove] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const problem = set.map(labelProblem).find(Boolean)
  const save = async () => {
    setBusy(true)
    try {
      await runOnAll((device) => writes.patch(device.metadata.name, labelPatch(set, remove)), devices)
      toast.done(`Labels of ${subject} saved`)
      onClose()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="stack">
      <TagsInput label="Set" description="key=value; Enter ends one" placeholder={set.length === 0 ? 'site=lab' : undefined} data={known} value={set} onChange={setSet} error={problem} data-autofocus />
      <MultiSelect label="Remove" placeholder={remove.length === 0 ? 'Choose keys' : undefined} data={labelKeys(devices)} value={remove} onChange={setRemove} searchable nothingFoundMessage="None of them has labels" />
      <p className="dim">Applications that choose devices by these labels come and go with them.</p>
      {error && <div role="alert" className="text-bad">{error}</div>}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button onClick={() => void save()} loading={busy} disabled={problem !== undefined || set.length + remove.length === 0}>Save</Button>
      </div>
    </div>
  )
}
