// Logs of devices, live. Used by devices, applications and Monitoring.
import { SegmentedControl } from '@mantine/core'
import { useMemo } from 'react'
import { type DeviceRecord, kRecordsMax, recordKey, useRecords } from '@/api/records'
import type { LogLine } from '@/ui/log_view'
import { useUrlText } from '@/ui/url_state'
import { LogBrowser } from './log_browser'
import { useLogFilter } from './log_filter'

interface LogPanelProps {
  device?: string
  app?: string
  gateway?: string
  height?: string
}

/** Records to begin with, when no time range asks for more. */
const kTail = 500
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
  const [what, setWhat] = useUrlText('what', 'log')
  const { from, to } = useLogFilter()
  const ranged = Number.isFinite(from) || Number.isFinite(to)
  const kinds = useMemo<DeviceRecord['kind'][]>(() => (what === 'all' ? kAllKinds : ['log', 'dropped']), [what])
  const { records, problem } = useRecords({ device, app, kinds, tail: ranged ? kRecordsMax : kTail, from, to }, gateway)
  const lines = useMemo(() => records.map((record) => lineOf(record, device === undefined)), [records, device])
  const components = useMemo(() => [...new Set(lines.map((line) => line.who))], [lines])
  return (
    <LogBrowser lines={lines} problem={problem} note={records.length === kRecordsMax ? `The newest ${kRecordsMax.toLocaleString('en')} records${ranged ? ' of this time' : ''}; an earlier end of the time shows those before.` : undefined} components={components} file={device ?? app ?? 'devices'} height={height}>
      <SegmentedControl size="xs" aria-label="What to show" value={what} onChange={setWhat} data={[{ value: 'log', label: 'Logs' }, { value: 'all', label: 'Logs, events, sessions' }]} />
    </LogBrowser>
  )
}
