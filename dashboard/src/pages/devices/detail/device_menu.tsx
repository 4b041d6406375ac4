import { Button, Menu } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useNavigate } from 'react-router-dom'
import { useState } from 'react'
import { useCan } from '@/api/hooks'
import type { Device } from '@/api/types.gen'
import { useDeviceActions } from '../device_actions'
import { LabelDialog } from '../label_dialog'
import { useAsk } from '../use_ask'

/** What a decision waits for stands beside the menu; all else is in it. */
export function DeviceMenu({ device }: { device: Device }) {
  const navigate = useNavigate()
  const { ask, dialog } = useAsk()
  const mayPatch = useCan('devices', 'patch')
  const [labelling, setLabelling] = useState(false)
  const possible = useDeviceActions().filter((action) => action.allowed && action.applies(device))
  const decisions = possible.filter((action) => action.id === 'approve' || (action.id === 'reject' && possible.some((other) => other.id === 'approve')))
  const rest = possible.filter((action) => !decisions.includes(action))
  if (possible.length === 0) return dialog
  const go = (action: (typeof possible)[number]) => ask(action, [device], action.id === 'delete' || action.id === 'force-delete' ? () => navigate('/devices') : undefined)
  return (
    <>
      {decisions.map((action) => <Button key={action.id} variant={action.dangerous ? 'default' : 'filled'} onClick={() => go(action)}>{action.label}</Button>)}
      <Menu>
        <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={15} aria-hidden="true" />}>Actions</Button></Menu.Target>
        <Menu.Dropdown>
          {mayPatch && <Menu.Item onClick={() => setLabelling(true)}>Labels…</Menu.Item>}
          {rest.map((action) => <Menu.Item key={action.id} color={action.dangerous ? 'red' : undefined} onClick={() => go(action)}>{action.label}</Menu.Item>)}
        </Menu.Dropdown>
      </Menu>
      {dialog}
      <LabelDialog devices={[device]} opened={labelling} onClose={() => setLabelling(false)} />
    </>
  )
}
