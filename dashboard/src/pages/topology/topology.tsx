// Gateways and their devices as one picture: grouped, searched, zoomed; readable with five thousand.
import { ActionIcon, Button, Select, TextInput, Tooltip } from '@mantine/core'
import { IconMaximize, IconMinus, IconPlus, IconSearch } from '@tabler/icons-react'
import { useMemo } from 'react'
import { Link } from 'react-router-dom'
import { useObjects } from '@/api/hooks'
import { condition } from '@/api/kube'
import { kDevices, kGateways } from '@/api/resources'
import type { Device } from '@/api/types.gen'
import { countBy, kPhases, phaseOf, phaseTone } from '@/fleet/device_state'
import { type Tone, Badge } from '@/ui/badge'
import { PageHead } from '@/ui/page'
import { plural } from '@/ui/quantity'
import { Empty, Failed, Loading } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'
import { Canvas, useCanvasControls } from './canvas'
import './topology.css'

const kCollator = new Intl.Collator('en', { numeric: true })

/** Ways to group; a label is another one, `label:site`. */
const kGroupings: Record<string, { label: string; key: (device: Device) => string }> = {
  gateway: { label: 'Gateway', key: (device) => device.status?.session?.gateway ?? 'no gateway yet' },
  state: { label: 'State', key: phaseOf },
  board: { label: 'Board', key: (device) => device.spec.board },
}

function groupKey(grouping: string): (device: Device) => string {
  if (!grouping.startsWith('label:')) return (kGroupings[grouping] ?? kGroupings.gateway!).key
  const label = grouping.slice('label:'.length)
  return (device) => `${label}=${device.metadata.labels?.[label] ?? '(none)'}`
}

export default function Topology() {
  const { items: devices, loaded, problem } = useObjects(kDevices)
  const { items: gateways } = useObjects(kGateways)
  const [grouping, setGrouping] = useUrlText('group', 'gateway')
  const [text, setText] = useUrlText('q')
  const controls = useCanvasControls()
  const groups = useMemo(() => {
    const members = new Map<string, Device[]>()
    if (grouping === 'gateway') for (const gateway of gateways) members.set(gateway.metadata.name, [])
    const key = groupKey(grouping)
    for (const device of devices) {
      const group = members.get(key(device))
      if (group) group.push(device)
      else members.set(key(device), [device])
    }
    for (const group of members.values()) group.sort((a, b) => kCollator.compare(a.metadata.name, b.metadata.name))
    return [...members].map(([name, items]) => ({ key: name, items })).sort((a, b) => kCollator.compare(a.key, b.key))
  }, [devices, gateways, grouping])
  const titles = useMemo(() => new Map(groups.map(({ key, items }) => {
    const gateway = grouping === 'gateway' ? gateways.find((entry) => entry.metadata.name === key) : undefined
    const tone: Tone = gateway && condition(gateway, 'Ready')?.status !== 'True' ? 'bad' : 'ok'
    return [key, { text: `${key} · ${items.length}${tone === 'bad' ? ' · not ready' : ''}`, tone }]
  })), [groups, gateways, grouping])
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return undefined
    return new Set(devices.filter((device) => device.metadata.name.includes(wanted) || Object.entries(device.metadata.labels ?? {}).some(([key, value]) => `${key}=${value}`.includes(wanted))).map((device) => device.metadata.name))
  }, [devices, text])
  const labels = useMemo(() => [...new Set(devices.flatMap((device) => Object.keys(device.metadata.labels ?? {})))].sort(), [devices])
  if (!loaded && problem) return <Failed what="The devices cannot be read" message={problem} />
  if (!loaded) return <Loading what="Loading devices" />
  const choices = [...Object.entries(kGroupings).map(([value, { label }]) => ({ value, label })), ...labels.map((label) => ({ value: `label:${label}`, label: `Label ${label}` }))]
  return (
    <>
      <PageHead title="Topology" subtitle={`${plural(devices.length, 'device')}, ${plural(gateways.length, 'gateway')}`} />
      <div className="stack">
        <search className="row">
          <TextInput aria-label="Search devices" placeholder="Name or label…" leftSection={<IconSearch size={15} aria-hidden="true" />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={200} />
          <Select aria-label="Group by" data={choices} value={grouping} onChange={(value) => value && setGrouping(value)} allowDeselect={false} w={170} />
          {found && <span role="status">{found.size} found {found.size > 0 && <Link to={`/devices?q=${encodeURIComponent(text)}`}>as a list</Link>}</span>}
          <span className="grow" />
          <Legend devices={devices} />
        </search>
        {devices.length === 0 ? <Empty title="No devices yet" action={<Button component={Link} to="/setup">Set up the first one</Button>} /> : (
          <div className="topology">
            <Canvas groups={groups} titles={titles} found={found} controls={controls} grouping={grouping} />
            <div className="zoom">
              <Tooltip label="Zoom in"><ActionIcon variant="default" aria-label="Zoom in" onClick={() => controls.zoom(1.4)}><IconPlus size={16} aria-hidden="true" /></ActionIcon></Tooltip>
              <Tooltip label="Zoom out"><ActionIcon variant="default" aria-label="Zoom out" onClick={() => controls.zoom(1 / 1.4)}><IconMinus size={16} aria-hidden="true" /></ActionIcon></Tooltip>
              <Tooltip label="Show all"><ActionIcon variant="default" aria-label="Show all" onClick={controls.fit}><IconMaximize size={16} aria-hidden="true" /></ActionIcon></Tooltip>
            </div>
          </div>
        )}
        <GroupList groups={groups} grouping={grouping} />
      </div>
    </>
  )
}

function Legend({ devices }: { devices: Device[] }) {
  const counts = countBy(devices, phaseOf)
  return <span className="row">{kPhases.filter((phase) => counts.get(phase)).map((phase) => <Badge key={phase} tone={phaseTone(phase)}>{counts.get(phase)} {phase}</Badge>)}</span>
}

/** The same as text, for those who cannot see or point. */
function GroupList({ groups, grouping }: { groups: { key: string; items: Device[] }[]; grouping: string }) {
  const link = (key: string) => (grouping === 'gateway' ? `/devices?gateway=${key}` : grouping === 'state' ? `/devices?phase=${key}` : grouping === 'board' ? `/devices?board=${key}` : `/devices?label=${encodeURIComponent(key)}`)
  return (
    <details className="card group-list">
      <summary>Groups as a list</summary>
      <ul>
        {groups.map(({ key, items }) => {
          const counts = countBy(items, phaseOf)
          return <li key={key}><Link to={link(key)}>{key}</Link>: {plural(items.length, 'device')}{items.length > 0 && ` (${[...counts].map(([phase, count]) => `${count} ${phase.toLowerCase()}`).join(', ')})`}</li>
        })}
      </ul>
    </details>
  )
}
