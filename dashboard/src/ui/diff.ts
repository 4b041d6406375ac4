// The difference of two texts by lines: the longest common subsequence, for texts of the size of an object's YAML.

export interface DiffLine {
  kind: 'same' | 'added' | 'removed' | 'gap'
  text: string
}

/** Unchanged lines shown around a change. */
const kContext = 3
/** Above this many cells the table of the algorithm is not worth its memory: everything counts as changed. */
const kCellsMax = 4_000_000

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split('\n')
  const b = after.split('\n')
  if (a.length * b.length > kCellsMax) return [...a.map((text) => ({ kind: 'removed' as const, text })), ...b.map((text) => ({ kind: 'added' as const, text }))]
  return withoutFarLines(align(a, b))
}

function align(a: string[], b: string[]): DiffLine[] {
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1]! + 1 : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i]! })
      i++
      j++
    } else if (j === b.length || (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)) {
      lines.push({ kind: 'removed', text: a[i++]! })
    } else {
      lines.push({ kind: 'added', text: b[j++]! })
    }
  }
  return lines
}

function withoutFarLines(lines: DiffLine[]): DiffLine[] {
  const near = new Array<boolean>(lines.length).fill(false)
  lines.forEach((line, index) => {
    if (line.kind !== 'same') for (let k = Math.max(0, index - kContext); k <= Math.min(lines.length - 1, index + kContext); k++) near[k] = true
  })
  const shown: DiffLine[] = []
  lines.forEach((line, index) => {
    if (near[index]) shown.push(line)
    else if (shown.length === 0 || shown[shown.length - 1]!.kind !== 'gap') shown.push({ kind: 'gap', text: '' })
  })
  return shown
}
