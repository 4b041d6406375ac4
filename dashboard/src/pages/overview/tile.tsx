import { Skeleton } from '@mantine/core'
import { Link } from 'react-router-dom'
import type { Tone } from '@/ui/badge'
import { SegmentBar } from '@/ui/segments'

interface TileProps {
  title: string
  to: string
  count: number
  total: number
  unit: string
  loading: boolean
  parts: { label: string; count: number; tone: Tone; to: string }[]
}

/** How many of how many, with what the rest is. */
export function Tile({ title, to, count, total, unit, loading, parts }: TileProps) {
  return (
    <section className="card tile" aria-label={title}>
      <h2><Link to={to}>{title}</Link></h2>
      {loading ? <Skeleton height={31} width={140} /> : <div className="figure">{count} <small>of {total} {unit}</small></div>}
      <SegmentBar segments={parts} total={total} label={title} />
      <ul>
        {parts.filter((part) => part.count > 0).map((part) => (
          <li key={part.label}><Link to={part.to}><b>{part.count}</b> {part.label}</Link></li>
        ))}
      </ul>
    </section>
  )
}
