// Memory and fuel of a device's apps over time, by its heartbeats (docs/reference/web-api.md, "Metrics").
import { useQuery } from '@tanstack/react-query'
import { type ApiError, sendJson } from './http'

export interface Usage {
  /** Seconds between values, and of the first one since the epoch. */
  step: number
  from: number
  memoryBytes: (number | null)[]
  fuelPerSecond: (number | null)[]
}

/** `web` asks the gateways this often. */
const kRefreshMs = 10_000

export function useUsage(namespace: string, device: string, seconds: number, enabled: boolean) {
  const path = `/metrics/devices/${encodeURIComponent(namespace)}/${encodeURIComponent(device)}?from=-${seconds}`
  return useQuery<Usage, ApiError>({ queryKey: ['usage', path], queryFn: ({ signal }) => sendJson<Usage>(path, { signal }), refetchInterval: kRefreshMs, enabled })
}
