// A line chart in SVG, sized to its container; the pointer or the arrow keys read values off.
import { useEffect, useMemo, useRef, useState } from 'react'
import { linePath, niceTicks, timeTicks, unknownStart } from './chart_scale'
import { shortNumber } from './quantity'

export interface ChartLine {
  label: string
  values: (number | null)[]
}

interface ChartProps {
  label: string
  lines: ChartLine[]
  /** Seconds since the epoch, and between values. */
  from: number
  step: number
  format?: (value: number) => string
  height?: number
}

const kMargin = { top: 8, right: 10, bottom: 20, left: 60 }
const kColours = 6
/** Half the width of a time below the axis: it must not hang over the edge. */
const kLabelHalf = 18

const clock = (seconds: number) => new Date(seconds * 1000).toTimeString().slice(0, 5)

export function Chart({ label, lines: all, from: begin, step, format = shortNumber, height = 160 }: ChartProps) {
  const cut = useMemo(() => unknownStart(all.map((line) => line.values)), [all])
  const lines = useMemo(() => all.map((line) => ({ ...line, values: line.values.slice(cut) })), [all, cut])
  const from = begin + cut * step
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const [at, setAt] = useState<number>()
  const count = Math.max(2, ...lines.map((line) => line.values.length))
  const known = useMemo(() => lines.flatMap((line) => line.values).filter((value): value is number => value !== null), [lines])
  const ticks = niceTicks(known.length ? Math.min(...known) : 0, known.length ? Math.max(...known) : 1)
  const low = ticks[0]!
  const high = ticks[ticks.length - 1]!
  const x = (index: number) => kMargin.left + ((width - kMargin.left - kMargin.right) * index) / (count - 1)
  const y = (value: number) => height - kMargin.bottom - ((height - kMargin.top - kMargin.bottom) * (value - low)) / (high - low)
  const move = (clientX: number) => {
    const edge = box.current?.getBoundingClientRect().left ?? 0
    const index = Math.round(((clientX - edge - kMargin.left) / (width - kMargin.left - kMargin.right)) * (count - 1))
    setAt(Math.min(count - 1, Math.max(0, index)))
  }
  const shown = at ?? count - 1
  return (
    <div ref={box}>
      <svg className="chart" height={height} role="img" aria-label={`${label}: ${lines.map((line) => `${line.label} ${valueText(line.values[count - 1], format)}`).join(', ')}`} tabIndex={0}
        onPointerMove={(event) => move(event.clientX)} onPointerLeave={() => setAt(undefined)} onBlur={() => setAt(undefined)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowLeft') setAt(Math.max(0, shown - 1))
          if (event.key === 'ArrowRight') setAt(Math.min(count - 1, shown + 1))
        }}>
        {ticks.map((tick) => <g key={tick}><line className="grid-line" x1={kMargin.left} x2={width - kMargin.right} y1={y(tick)} y2={y(tick)} /><text x={kMargin.left - 6} y={y(tick) + 4} textAnchor="end">{format(tick)}</text></g>)}
        {timeTicks(from, from + step * (count - 1), width / 110).map((tick) => <text key={tick} x={Math.min(x((tick - from) / step), width - kLabelHalf)} y={height - 5} textAnchor="middle">{clock(tick)}</text>)}
        {lines.map((line, index) => <path key={line.label} className={`line series-${index % kColours}`} d={linePath(line.values, x, y)} style={{ background: 'none' }} />)}
        {at !== undefined && <line className="cursor" x1={x(at)} x2={x(at)} y1={kMargin.top} y2={height - kMargin.bottom} />}
      </svg>
      <div className="legend">
        {lines.map((line, index) => <span key={line.label}><i className={`series-${index % kColours}`} />{line.label} <b>{valueText(line.values[shown], format)}</b></span>)}
        {at !== undefined && <span>at {new Date((from + step * at) * 1000).toTimeString().slice(0, 8)}</span>}
      </div>
    </div>
  )
}

function valueText(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value)
}

function useWidth(box: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(480)
  useEffect(() => {
    if (!box.current) return
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(200, entry.contentRect.width)))
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [box])
  return width
}
