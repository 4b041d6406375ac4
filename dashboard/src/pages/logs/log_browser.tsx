// Lines of a log with filters that live in the URL: time range, level, component, text. Whose lines they are, it does not know.
import { ActionIcon, Button, Select, TextInput, Tooltip } from '@mantine/core'
import { IconDownload, IconPlayerPause, IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { useMemo, useState, type ReactNode } from 'react'
import { LogView, printable, type LogLine } from '@/ui/log_view'
import { Empty, Failed } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'
import { kLevels, kRanges, matchesLog, useLogFilter } from './log_filter'

interface LogBrowserProps {
  lines: LogLine[]
  /** Why it is not live. */
  problem?: string
  /** What to know about the lines as a whole. */
  note?: string
  /** What to choose a component from; none: there is only one. */
  components: string[]
  /** Name of the file that the lines are saved as. */
  file: string
  height?: string
  /** Further controls, in front. */
  children?: ReactNode
}

export function LogBrowser({ lines: all, problem, note, components, file, height, children }: LogBrowserProps) {
  const filter = useLogFilter()
  const [follow, setFollow] = useState(true)
  const lines = useMemo(() => all.filter((line) => matchesLog(line, filter)), [all, filter])
  const save = () => {
    const content = lines.map((line) => `${line.time} ${line.level} ${line.who} ${printable(line.text)}`).join('\n')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([content], { type: 'text/plain' }))
    link.download = `${file}.log`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <div>
      <div className="row" style={{ padding: '8px 12px' }}>
        {children}
        <Filters components={components} />
        <span className="dim grow" style={{ textAlign: 'right' }}>{lines.length} lines</span>
        <Button size="xs" variant="default" leftSection={follow ? <IconPlayerPause size={14} aria-hidden="true" /> : <IconPlayerPlay size={14} aria-hidden="true" />} onClick={() => setFollow(!follow)}>{follow ? 'Pause' : 'Follow'}</Button>
        <Tooltip label="Save as a file"><ActionIcon variant="default" aria-label="Save the shown lines as a file" onClick={save}><IconDownload size={15} aria-hidden="true" /></ActionIcon></Tooltip>
      </div>
      {problem && lines.length > 0 && <div className="tone-warn" role="status" style={{ padding: '4px 12px' }}>Not live at the moment: {problem}</div>}
      {note && <div className="dim" role="status" style={{ padding: '4px 12px' }}>{note}</div>}
      {lines.length > 0 ? <LogView lines={lines} label="Log" follow={follow} onFollow={setFollow} height={height} />
        : problem ? <Failed what="The log cannot be read" message={problem} />
        : <Empty title={all.length > 0 ? 'No line matches' : 'Nothing logged yet'}>{all.length > 0 ? 'Other filters may show more.' : 'Lines appear here as they come.'}</Empty>}
    </div>
  )
}

function Filters({ components }: { components: string[] }) {
  const [text, setText] = useUrlText('text')
  const [level, setLevel] = useUrlText('level')
  const [range, setRange] = useUrlText('since')
  const [component, setComponent] = useUrlText('component')
  const [from, setFrom] = useUrlText('from')
  const [to, setTo] = useUrlText('to')
  const known = useMemo(() => [...new Set([...components, ...(component ? [component] : [])])].sort(), [components, component])
  return (
    <>
      <TextInput size="xs" aria-label="Search in the log" placeholder="Text" leftSection={<IconSearch size={14} aria-hidden="true" />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={150} />
      <Select size="xs" aria-label="Level at least" placeholder="All levels" clearable value={level || null} onChange={(value) => setLevel(value ?? '')} data={kLevels} w={112} clearButtonProps={{ 'aria-label': 'All levels' }} />
      {known.length > 0 && <Select size="xs" aria-label="Component" placeholder="All components" searchable clearable limit={200} value={component || null} onChange={(value) => setComponent(value ?? '')} data={known} w={150} clearButtonProps={{ 'aria-label': 'All components' }} />}
      <Select size="xs" aria-label="Time range" placeholder="All kept" clearable value={range || null} onChange={(value) => setRange(value ?? '')} data={[...Object.keys(kRanges), 'between']} w={104} clearButtonProps={{ 'aria-label': 'All kept' }} />
      {range === 'between' && (
        <>
          <TextInput size="xs" type="datetime-local" step={1} aria-label="From" value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
          <TextInput size="xs" type="datetime-local" step={1} aria-label="To" value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        </>
      )}
    </>
  )
}
