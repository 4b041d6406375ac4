// Metrics of the last six hours, kept by `wasmbed web`.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ApiError, sendJson } from './http'

export interface Series {
  name: string
  labels: Record<string, string>
  /** null: not known at that time. */
  values: (number | null)[]
}

export interface SeriesAnswer {
  /** Seconds between values. */
  step: number
  /** Time of the first value, seconds since the epoch. */
  from: number
  series: Series[]
}

/** A sample comes every ten seconds; asking more often shows nothing new. */
const kRefreshMs = 10_000
const kPoints = 180

export function useSeries(names: readonly string[], seconds: number, rate = false) {
  const query = new URLSearchParams([...names.map((name) => ['name', name]), ['from', `-${seconds}`], ['points', String(kPoints)], ...(rate ? [['rate', 'true']] : [])])
  return useQuery<SeriesAnswer, ApiError>({
    queryKey: ['series', query.toString()],
    queryFn: ({ signal }) => sendJson<SeriesAnswer>(`/metrics/series?${query}`, { signal }),
    refetchInterval: kRefreshMs,
    placeholderData: keepPreviousData,
  })
}
