import { Button, CloseButton } from '@mantine/core'
import { useState } from 'react'
import { useCan } from '@/api/hooks'
import type { Device } from '@/api/types.gen'
import { useDeviceActions } from './device_actions'
import { LabelDialog } from './label_dialog'
import { useAsk } from './use_ask'

/** What can be done to the selected devices; an action counts those it applies to. */
export function BulkActions({ devices, onDone }: { devices: Device[]; onDone: () => void }) {
  const actions = useDeviceActions()
  const { ask, dialog } = useAsk()
  const mayPatch = useCan('devices', 'patch')
  const [labelling, setLabelling] = useState(false)
  return (
    <div className="card" role="region" aria-label="Actions on selected devices">
      <div className="row" style={{ padding: '8px 12px' }}>
        <strong>{devices.length} selected</strong>
        {mayPatch && <Button size="compact-sm" variant="default" onClick={() => setLabelling(true)}>Labels…</Button>}
        {actions.filter((action) => action.allowed).map((action) => {
          const meant = devices.filter(action.applies)
          if (meant.length === 0) return null
          return (
            <Button key={action.id} size="compact-sm" variant={action.dangerous ? 'outline' : 'default'} color={action.dangerous ? 'red' : undefined} onClick={() => ask(action, meant, onDone)}>
              {action.label}{meant.length < devices.length ? ` (${meant.length})` : ''}
            </Button>
          )
        })}
        <CloseButton ml="auto" aria-label="Clear the selection" onClick={onDone} />
      </div>
      {dialog}
      <LabelDialog devices={devices} opened={labelling} onClose={() => setLabelling(false)} />
    </div>
  )
}
