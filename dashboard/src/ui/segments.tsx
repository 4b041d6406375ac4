import type { Tone } from './badge'

export interface Segment {
  tone: Tone
  count: number
  label: string
}

/** Parts of a whole as one bar; `total` may be more than the parts. Screen readers get the numbers. */
export function SegmentBar({ segments, total, label }: { segments: Segment[]; total: number; label: string }) {
  const parts = segments.filter((segment) => segment.count > 0)
  const text = parts.map((part) => `${part.count} ${part.label}`).join(', ')
  return (
    <div className="segments" role="img" aria-label={`${label}: ${text || 'none'} of ${total}`} title={text}>
      {parts.map((part) => <span key={part.label} className={`fill-${part.tone}`} style={{ width: `${(100 * part.count) / Math.max(total, 1)}%` }} />)}
    </div>
  )
}
