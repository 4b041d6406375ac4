import { useMemo } from 'react'
import { type Series, useSeries } from '@/api/series'
import { Chart, type ChartLine } from '@/ui/chart'
import { Card } from '@/ui/page'
import { Empty, Failed, Loading } from '@/ui/states'

export interface Metric {
  title: string
  names: readonly string[]
  /** Counters are shown per second. */
  rate?: boolean
  /** The label whose values tell the lines apart; series that agree in it are added. */
  by?: string
  /** Only series whose labels have these values. */
  where?: Record<string, string>
  format?: (value: number) => string
}

const kLinesMax = 6

/** Series as lines of a chart: filtered, summed by a label, the largest first. */
export function linesOf(series: Series[], metric: Metric): ChartLine[] {
  const lines = new Map<string, (number | null)[]>()
  for (const { name, labels, values } of series) {
    if (Object.entries(metric.where ?? {}).some(([key, value]) => labels[key] !== value)) continue
    const label = (metric.by && labels[metric.by]) || (metric.names.length > 1 ? name.replace(/^wasmbed_/, '') : 'all')
    const sum = lines.get(label)
    // Of a rate, the last step is not over yet: what it holds so far is too little.
    const known = metric.rate ? values.slice(0, -1) : values
    lines.set(label, sum ? sum.map((value, index) => add(value, known[index] ?? null)) : known)
  }
  const last = (values: (number | null)[]) => values.findLast((value) => value !== null) ?? 0
  return [...lines].map(([label, values]) => ({ label, values })).sort((a, b) => last(b.values) - last(a.values)).slice(0, kLinesMax)
}

const add = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : a + b)

export function MetricCard({ metric, seconds }: { metric: Metric; seconds: number }) {
  const { data, error, refetch } = useSeries(metric.names, seconds, metric.rate)
  const lines = useMemo(() => (data ? linesOf(data.series, metric) : []), [data, metric])
  return (
    <Card title={metric.title}>
      {error && !data ? <Failed what="No figures" message={error.message} onRetry={() => void refetch()} />
        : !data ? <Loading />
        : lines.length === 0 ? <Empty title="Nothing in this time">The first samples after a start take a few seconds.</Empty>
        : <Chart label={metric.title} lines={lines} from={data.from} step={data.step} format={metric.format} />}
    </Card>
  )
}
