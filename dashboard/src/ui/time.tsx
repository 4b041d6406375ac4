// Times as people say them. One clock for all of them, so a page of rows has one timer.
import { useSyncExternalStore } from 'react'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    listeners.forEach((each) => each())
  }, 5000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** The time, five seconds fine; ms since the epoch. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** "3 min": the largest unit that says enough. Negative durations count as none. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 2 * 86400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86400)} d`
}

export function TimeAgo({ time }: { time?: string }) {
  const present = useNow()
  if (!time) return <span className="dim">–</span>
  const at = Date.parse(time)
  const age = present - at
  const text = age < -5000 ? `in ${durationText(-age)}` : age < 8000 ? 'now' : `${durationText(age)} ago`
  return <time dateTime={time} title={new Date(at).toLocaleString()}>{text}</time>
}
