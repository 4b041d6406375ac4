// Which lines of a log are shown: what the URL says, and the test of one line.
import { useMemo } from 'react'
import { useSearchParams } from 'react-router-dom'
import type { LogLine } from '@/ui/log_view'

/** Worst first. */
export const kLevels = ['error', 'warn', 'info', 'debug']
export const kRanges: Record<string, number> = { '5 min': 300_000, '1 h': 3_600_000, '6 h': 21_600_000, '24 h': 86_400_000 }

export interface LogFilter {
  text: string
  /** This one and worse; empty: all. What has no level (events, sessions) is then left out. */
  level: string
  component: string
  /** Ms since the epoch. */
  from: number
  to: number
}

export function matchesLog(line: LogLine, { text, level, component, from, to }: LogFilter): boolean {
  const at = Date.parse(line.time)
  if (at < from || at > to) return false
  if (level !== '' && !(kLevels.indexOf(line.level) >= 0 && kLevels.indexOf(line.level) <= kLevels.indexOf(level))) return false
  if (component !== '' && line.who !== component) return false
  const wanted = text.toLowerCase()
  return wanted === '' || line.text.toLowerCase().includes(wanted) || line.who.toLowerCase().includes(wanted)
}

/** The times that `since`, `from` and `to` of the URL mean; what cannot be read is open. */
export function rangeOf(since: string, from: string, to: string, now: number): { from: number; to: number } {
  if (kRanges[since]) return { from: now - kRanges[since], to: Infinity }
  if (since !== 'between') return { from: -Infinity, to: Infinity }
  const read = (text: string, open: number) => (Number.isNaN(Date.parse(text)) ? open : Date.parse(text))
  return { from: read(from, -Infinity), to: read(to, Infinity) }
}

export function useLogFilter(): LogFilter {
  const [params] = useSearchParams()
  const key = ['text', 'level', 'component', 'since', 'from', 'to'].map((name) => params.get(name) ?? '').join('\n')
  return useMemo(() => {
    const [text = '', level = '', component = '', since = '', from = '', to = ''] = key.split('\n')
    return { text, level, component, ...rangeOf(since, from, to, Date.now()) }
  }, [key])
}
