// One device: what it is, what it runs, what it says; each tab is a URL.
import { Tabs } from '@mantine/core'
import { lazy, Suspense } from 'react'
import { useNavigate, useParams } from 'react-router-dom'
import { useCan, useObject } from '@/api/hooks'
import { condition } from '@/api/kube'
import { kDevices } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { isEmulated, phaseOf, phaseTone, waitsForApproval } from '@/fleet/device_state'
import { EventList } from '@/pages/events/event_list'
import { LogPanel } from '@/pages/logs/log_panel'
import { Badge } from '@/ui/badge'
import { Card, PageHead } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'
import { DeviceMenu } from './device_menu'
import { Summary } from './summary'

const YamlPanel = lazy(() => import('@/pages/objects/yaml_panel'))
const Console = lazy(() => import('./console'))
const BoardPanel = lazy(() => import('./board_panel'))
const Certificate = lazy(() => import('./certificate'))

const kCrumbs = [{ label: 'Devices', to: '/devices' }]

export default function DevicePage() {
  const { name = '', tab = 'summary' } = useParams()
  const { object: device, loaded, problem } = useObject(kDevices, name)
  if (!device && problem) return <Failed what={`${name} cannot be read`} message={problem} />
  if (!device && !loaded) return <Loading what={`Loading ${name}`} />
  if (!device) return <><PageHead title={name} crumbs={kCrumbs} /><Empty title={`There is no device ${name}`}>It may have been deleted.</Empty></>
  return (
    <>
      <PageHead title={name} crumbs={kCrumbs} beside={<Badges device={device} />} actions={<DeviceMenu device={device} />} />
      <DeviceTabs device={device} tab={tab} />
    </>
  )
}

function Badges({ device }: { device: Device }) {
  const phase = phaseOf(device)
  return (
    <>
      <Badge tone={phaseTone(phase)}>{phase}</Badge>
      {device.metadata.deletionTimestamp && <Badge tone="warn" title={condition(device, 'Ready')?.message}>Deleting</Badge>}
      {waitsForApproval(device) && <Badge tone="info">Waits for approval</Badge>}
      {device.spec.approval === 'Rejected' && <Badge tone="bad">Rejected</Badge>}
      {device.spec.suspended && <Badge tone="warn">Suspended</Badge>}
      {device.status?.emulation?.state && device.status.emulation.state !== 'Running' && <Badge tone={device.status.emulation.state === 'Failed' ? 'bad' : 'idle'} title={device.status.emulation.message}>Board {device.status.emulation.state.toLowerCase()}</Badge>}
    </>
  )
}

function DeviceTabs({ device, tab }: { device: Device; tab: string }) {
  const navigate = useNavigate()
  const name = device.metadata.name
  const mayLogs = useCan('devices/logs', 'get')
  const mayConsole = useCan('devices/console', 'get')
  const emulated = isEmulated(device)
  const tabs = [
    { id: 'summary', label: 'Summary', content: () => <Summary device={device} /> },
    ...(mayLogs ? [{ id: 'logs', label: 'Logs', content: () => <Card flush><LogPanel device={name} height="calc(100vh - 300px)" /></Card> }] : []),
    ...(emulated && mayConsole ? [{ id: 'console', label: 'Console', content: () => <Console device={device} /> }] : []),
    { id: 'board', label: 'Board', content: () => <BoardPanel device={device} /> },
    { id: 'certificate', label: 'Certificate', content: () => <Certificate device={device} /> },
    { id: 'events', label: 'Events', content: () => <Card flush><EventList kind="Device" name={name} limit={200} /></Card> },
    { id: 'yaml', label: 'YAML', content: () => <YamlPanel object={device} resource={kDevices} /> },
  ]
  const current = tabs.find((entry) => entry.id === tab) ?? tabs[0]!
  return (
    <Tabs value={current.id} onChange={(value) => navigate(`/devices/${name}${value && value !== 'summary' ? `/${value}` : ''}`)} keepMounted={false}>
      <Tabs.List aria-label={`Parts of ${name}`}>{tabs.map((entry) => <Tabs.Tab key={entry.id} value={entry.id}>{entry.label}</Tabs.Tab>)}</Tabs.List>
      <Tabs.Panel value={current.id} pt="md"><Suspense fallback={<Loading />}>{current.content()}</Suspense></Tabs.Panel>
    </Tabs>
  )
}
