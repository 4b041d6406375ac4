// Logs of devices, live, with filters that live in the URL. Used by devices, applications and Monitoring.
import { ActionIcon, Button, SegmentedControl, Select, TextInput, Tooltip } from '@mantine/core'
import { IconDownload, IconPlayerPause, IconPlayerPlay, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { type DeviceRecord, recordKey, useRecords } from '@/api/records'
import { LogView, printable, type LogLine } from '@/ui/log_view'
import { Empty, Failed } from '@/ui/states'
import { useUrlText } from '@/ui/url_state'

interface LogPanelProps {
  device?: string
  app?: string
  gateway?: string
  height?: string
}

const kLevels = ['error', 'warn', 'info', 'debug']
const kTail = 500
const kSince: Record<string, number> = { '5 min': 300_000, '1 h': 3_600_000, '24 h': 86_400_000 }
const kAllKinds: DeviceRecord['kind'][] = ['log', 'event', 'session', 'dropped']

/** A record as one line; what is not a log line says what it is. */
export function lineOf(record: DeviceRecord, withDevice: boolean): LogLine {
  const who = [withDevice ? record.device : '', record.app ?? (record.kind === 'session' ? 'session' : '')].filter(Boolean).join('/')
  const base = { id: recordKey(record), time: record.time, who: who || 'firmware' }
  switch (record.kind) {
    case 'log': return { ...base, level: record.level ?? 'info', text: record.text ?? '' }
    case 'event': return { ...base, level: 'event', text: `${record.event ?? ''} ${record.index ?? ''} = ${record.value ?? ''} ${record.text ?? ''}`.trim() }
    case 'session': return { ...base, level: 'session', text: [record.state, record.address, record.cipher, record.reason].filter(Boolean).join(', ') }
    case 'dropped': return { ...base, level: 'warn', text: `${record.count ?? 'some'} records were dropped: the reader or the device was too slow` }
    default: return { ...base, level: record.kind, text: [record.what, record.bytes && `${record.bytes} bytes`, record.done && 'done'].filter(Boolean).join(' ') }
  }
}

export function LogPanel({ device, app, gateway, height }: LogPanelProps) {
  const [text, setText] = useUrlText('text')
  const [level, setLevel] = useUrlText('level')
  const [since, setSince] = useUrlText('since')
  const [what, setWhat] = useUrlText('what', 'log')
  const [follow, setFollow] = useState(true)
  const kinds = useMemo<DeviceRecord['kind'][]>(() => (what === 'all' ? kAllKinds : ['log', 'dropped']), [what])
  const { records, problem } = useRecords({ device, app, kinds, tail: kTail }, gateway)
  const lines = useMemo(() => {
    const from = kSince[since] ? Date.now() - kSince[since] : 0
    const worst = kLevels.indexOf(level)
    const wanted = text.toLowerCase()
    return records
      .filter((record) => (from === 0 || Date.parse(record.time) >= from) && (worst < 0 || (record.kind === 'log' && kLevels.indexOf(record.level ?? 'info') <= worst)))
      .map((record) => lineOf(record, device === undefined))
      .filter((line) => wanted === '' || line.text.toLowerCase().includes(wanted) || line.who.toLowerCase().includes(wanted))
  }, [records, level, since, text, device])
  const download = () => {
    const content = lines.map((line) => `${line.time} ${line.level} ${line.who} ${printable(line.text)}`).join('\n')
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([content], { type: 'text/plain' }))
    link.download = `${device ?? app ?? 'devices'}.log`
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <div>
      <div className="row" style={{ padding: '8px 12px' }}>
        <TextInput size="xs" aria-label="Search in the log" placeholder="Text" leftSection={<IconSearch size={14} aria-hidden="true" />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={190} />
        <Select size="xs" aria-label="Level at least" placeholder="All levels" clearable value={level || null} onChange={(value) => setLevel(value ?? '')} data={kLevels} w={120} clearButtonProps={{ 'aria-label': 'All levels' }} />
        <Select size="xs" aria-label="Time range" placeholder="All kept" clearable value={since || null} onChange={(value) => setSince(value ?? '')} data={Object.keys(kSince)} w={110} clearButtonProps={{ 'aria-label': 'All kept' }} />
        <SegmentedControl size="xs" aria-label="What to show" value={what} onChange={setWhat} data={[{ value: 'log', label: 'Logs' }, { value: 'all', label: 'Logs, events, sessions' }]} />
        <span className="dim grow" style={{ textAlign: 'right' }}>{lines.length} lines</span>
        <Button size="xs" variant="default" leftSection={follow ? <IconPlayerPause size={14} aria-hidden="true" /> : <IconPlayerPlay size={14} aria-hidden="true" />} onClick={() => setFollow(!follow)}>{follow ? 'Pause' : 'Follow'}</Button>
        <Tooltip label="Save as a file"><ActionIcon variant="default" aria-label="Save the shown lines as a file" onClick={download}><IconDownload size={15} aria-hidden="true" /></ActionIcon></Tooltip>
      </div>
      {problem && lines.length > 0 && <div className="tone-warn" role="status" style={{ padding: '4px 12px' }}>Not live at the moment: {problem}</div>}
      {lines.length > 0 ? <LogView lines={lines} label="Log" follow={follow} onFollow={setFollow} height={height} />
        : problem ? <Failed what="The log cannot be read" message={problem} />
        : <Empty title={records.length > 0 ? 'No line matches' : 'Nothing logged yet'}>{records.length > 0 ? 'Other filters may show more.' : 'Lines appear here as devices send them.'}</Empty>}
    </div>
  )
}
