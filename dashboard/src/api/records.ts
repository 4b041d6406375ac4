// What devices said: logs, events and sessions, kept and followed by the gateways (docs/reference/objects.md, "HTTPS APIs").
import { useEffect, useMemo, useRef, useState } from 'react'
import { streamHub, useNamespace, useObjects } from './hooks'
import { ApiError } from './http'
import { kGateways } from './resources'

export interface DeviceRecord {
  time: string
  device: string
  kind: 'log' | 'event' | 'session' | 'report' | 'fetch' | 'heartbeat' | 'dropped'
  bootId?: string
  seq?: number
  uptimeMs?: number
  level?: string
  app?: string
  text?: string
  event?: string
  index?: number
  value?: number
  state?: string
  reason?: string
  address?: string
  cipher?: string
  count?: number
  what?: string
  bytes?: number
  done?: boolean
}

export interface RecordQuery {
  device?: string
  app?: string
  kinds: DeviceRecord['kind'][]
  /** Records to begin with. */
  tail: number
  /** Only those that a gateway took in this time, ms since the epoch; infinite or absent: open. */
  from?: number
  to?: number
}

/** Records kept in the page; older ones are dropped. */
export const kRecordsMax = 5000
const kBatchMs = 80
const kRetryMs = 2000

/** Follows one gateway until aborted, again after failures; a repeat begins at once with what is kept, so doubles are left out by the caller. */
async function followGateway(path: string, onRecords: (records: DeviceRecord[]) => void, onProblem: (problem?: string) => void, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      const onText = (text: string) => onRecords(text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as DeviceRecord))
      await streamHub.follow(path, { onText, onOpen: () => onProblem(undefined) }, signal)
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error))
      if (error instanceof ApiError && error.code === 403) return
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, kRetryMs))
  }
}

export function recordKey(record: DeviceRecord): string {
  return `${record.device}/${record.kind}/${record.bootId ?? ''}/${record.seq ?? record.time}/${record.uptimeMs ?? ''}`
}

/** The records of all gateways (or of the named one), in order of time, live. */
export function useRecords(query: RecordQuery, gateway?: string): { records: DeviceRecord[]; problem?: string; clear: () => void } {
  const namespace = useNamespace()
  const { items: gateways } = useObjects(kGateways)
  const names = useMemo(() => (gateway ? [gateway] : gateways.map((entry) => entry.metadata.name)).join(','), [gateway, gateways])
  const search = useMemo(() => {
    const parameters = new URLSearchParams({ kinds: query.kinds.join(','), tail: String(query.tail), follow: 'true' })
    if (query.device) parameters.set('device', query.device)
    if (query.app) parameters.set('app', query.app)
    if (query.from !== undefined && Number.isFinite(query.from)) parameters.set('from', new Date(query.from).toISOString())
    if (query.to !== undefined && Number.isFinite(query.to)) parameters.set('to', new Date(query.to).toISOString())
    return parameters.toString()
  }, [query.kinds, query.tail, query.device, query.app, query.from, query.to])
  const [records, setRecords] = useState<DeviceRecord[]>([])
  const [problem, setProblem] = useState<string>()
  const seen = useRef(new Set<string>())
  useEffect(() => {
    const abort = new AbortController()
    seen.current = new Set()
    setRecords([])
    setProblem(undefined)
    let pending: DeviceRecord[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      timer = undefined
      const fresh = pending
      pending = []
      setRecords((old) => mergeByTime(old, fresh).slice(-kRecordsMax))
    }
    const take = (arrived: DeviceRecord[]) => {
      for (const record of arrived) {
        const key = recordKey(record)
        if (seen.current.has(key)) continue
        seen.current.add(key)
        pending.push(record)
      }
      if (pending.length > 0) timer ??= setTimeout(flush, kBatchMs)
    }
    for (const name of names.split(',').filter(Boolean)) {
      const path = `/gateways/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/v1/namespaces/${encodeURIComponent(namespace)}/records?${search}`
      void followGateway(path, take, setProblem, abort.signal)
    }
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [names, namespace, search])
  return { records, problem, clear: () => setRecords([]) }
}

/** Both in order of time already, nearly always with all of `fresh` later. */
export function mergeByTime(old: DeviceRecord[], fresh: DeviceRecord[]): DeviceRecord[] {
  const last = old[old.length - 1]
  const sorted = [...fresh].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  if (!last || sorted.length === 0 || last.time <= sorted[0]!.time) return [...old, ...sorted]
  return [...old, ...sorted].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
}
