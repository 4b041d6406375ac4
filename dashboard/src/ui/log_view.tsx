// Lines of a log that grows. Text only, whatever it contains: React escapes it, and control characters are taken out.
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'

export interface LogLine {
  id: string
  /** RFC 3339. */
  time: string
  level: string
  who: string
  text: string
}

const kLinePx = 20
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const kControl = /\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** Without escape sequences and control characters; a line must not move the cursor or hide what follows. */
export function printable(text: string): string {
  return text.replace(kControl, '')
}

function clock(time: string): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? time : `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

function toneOf(level: string): string {
  return level === 'error' || level === 'fatal' ? 'bad' : level === 'warn' || level === 'warning' ? 'warn' : ''
}

interface LogViewProps {
  lines: LogLine[]
  label: string
  /** Keeps the newest line in sight until the reader scrolls up. */
  follow: boolean
  onFollow: (follow: boolean) => void
  height?: string
}

export function LogView({ lines, label, follow, onFollow, height = '420px' }: LogViewProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => kLinePx, overscan: 30 })
  const last = lines[lines.length - 1]?.id
  useEffect(() => {
    if (follow && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' })
  }, [follow, last, lines.length, virtual])
  const onScroll = () => {
    const box = scroller.current
    if (!box) return
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 2 * kLinePx
    if (atEnd !== follow) onFollow(atEnd)
  }
  return (
    <div className="log" ref={scroller} style={{ height }} onScroll={onScroll} tabIndex={0} role="log" aria-label={label} aria-live="off">
      <div style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: 'max-content' }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index]!
          return (
            <div key={line.id} className={`log-line ${toneOf(line.level)}`} style={{ position: 'absolute', top: 0, left: 0, minWidth: '100%', transform: `translateY(${item.start}px)` }}>
              <span className="when" title={line.time}>{clock(line.time)}</span>
              <span className="level">{line.level}</span>
              <span className="who" title={line.who}>{line.who}</span>
              <span className="what">{printable(line.text)}</span>
            </div>
          )
        })}
      </div>
    </div>
  )
}
