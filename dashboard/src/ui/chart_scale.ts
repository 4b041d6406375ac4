// The arithmetic of a line chart: ticks, paths, what lies under the pointer.

/** Round values from 0 (or below) to at least `most`, about `count` of them. */
export function niceTicks(least: number, most: number, count = 4): number[] {
  if (most <= 0 && least >= 0) return [0, 1]
  const low = Math.min(0, least)
  const span = Math.max(most - low, 1e-9)
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? power * 10
  const first = Math.floor(low / step) * step
  const ticks = []
  for (let index = 0; ticks.length === 0 || ticks[ticks.length - 1]! < most - step * 1e-6; index++) ticks.push(Number((first + index * step).toPrecision(12)))
  return ticks.length === 1 ? [ticks[0]!, ticks[0]! + step] : ticks
}

/** Values that a chart begins with at least, known or not. */
const kBeginMin = 12

/** How many values at the start no line knows and a chart leaves out: what was before the platform started says nothing. */
export function unknownStart(lines: readonly (number | null)[][]): number {
  const known = Math.min(...lines.map((values) => values.findIndex((value) => value !== null)).filter((index) => index >= 0))
  const count = Math.max(0, ...lines.map((values) => values.length))
  return Number.isFinite(known) ? Math.max(0, Math.min(known - 1, count - kBeginMin)) : 0
}

/** An SVG path with a gap where a value is not known; a single known value between gaps becomes a short dash. */
export function linePath(values: (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  let path = ''
  let open = false
  values.forEach((value, index) => {
    if (value === null) {
      open = false
      return
    }
    const lonely = !open && (values[index + 1] ?? null) === null
    path += `${open ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}${lonely ? 'h2' : ''}`
    open = true
  })
  return path
}

const kTickSeconds = [60, 120, 300, 600, 900, 1800, 3600, 7200, 21600]

/** Times of day for the axis, at whole minutes or hours: about `count`, and two where they are there to be had, since one alone shows no scale. */
export function timeTicks(from: number, to: number, count = 5): number[] {
  const ticksOf = (step: number) => Array.from({ length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) }, (_, index) => (Math.ceil(from / step) + index) * step)
  const wide = kTickSeconds.findIndex((size) => size >= (to - from) / count)
  const chosen = wide < 0 ? kTickSeconds.length - 1 : wide
  const ticks = ticksOf(kTickSeconds[chosen]!)
  return ticks.length < 2 && chosen > 0 ? ticksOf(kTickSeconds[chosen - 1]!) : ticks
}
