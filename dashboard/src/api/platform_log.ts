// The roles' own logs, live (docs/reference/web-api.md, "Logs of the roles").
import { useEffect, useState } from 'react'
import { streamHub } from './hooks'
import { ApiError } from './http'

export interface PlatformLogEntry {
  /** Counts in the order of arrival. */
  id: string
  time: string
  component: string
  level: string
  text: string
}

const kTail = 2000
/** Lines kept in the page; older ones are dropped. */
const kKeptMax = 5000
const kRetryMs = 2000

export function usePlatformLog(): { entries: PlatformLogEntry[]; problem?: string } {
  const [entries, setEntries] = useState<PlatformLogEntry[]>([])
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    const abort = new AbortController()
    let count = 0
    const onText = (text: string) => {
      const arrived = text.split('\n').filter(Boolean).map((line) => ({ ...(JSON.parse(line) as Omit<PlatformLogEntry, 'id'>), id: String(count++) }))
      setEntries((old) => [...old, ...arrived].slice(-kKeptMax))
    }
    // Each time it begins with the past anew.
    const onOpen = () => (setEntries([]), setProblem(undefined))
    const run = async () => {
      while (!abort.signal.aborted) {
        try {
          await streamHub.follow(`/logs?tail=${kTail}&follow=true`, { onText, onOpen }, abort.signal)
        } catch (error) {
          setProblem(error instanceof Error ? error.message : String(error))
          if (error instanceof ApiError && (error.code === 403 || error.code === 404)) return
        }
        if (!abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, kRetryMs))
      }
    }
    void run()
    return () => abort.abort()
  }, [])
  return { entries, problem }
}
