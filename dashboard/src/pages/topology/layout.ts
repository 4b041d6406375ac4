// Where each device of each group stands in the picture; pure geometry in units of the picture.

export interface Cell {
  key: string
  x: number
  y: number
}

export interface Box<T> {
  key: string
  x: number
  y: number
  width: number
  height: number
  cells: (Cell & { item: T })[]
}

export interface Picture<T> {
  width: number
  height: number
  boxes: Box<T>[]
  titleHeight: number
}

export const kCellSize = 16
const kGap = 4
export const kPadding = 8
/** Of small pictures; larger ones are shown smaller, and their titles have to stay readable. */
const kTitleHeight = 18
const kBoxGap = 16
/** Boxes are a little wider than high, as screens are. */
const kAspect = 1.7

/** Groups as boxes of cells, in rows that make the whole about as wide as `aspect` says. */
export function layOut<T>(groups: { key: string; items: T[] }[], keyOf: (item: T) => string, aspect: number): Picture<T> {
  const total = groups.reduce((sum, group) => sum + group.items.length, 0)
  const titleHeight = kTitleHeight * Math.max(1, Math.sqrt(total) / 20)
  const boxes = groups.map((group) => boxOf(group, keyOf, titleHeight))
  const area = boxes.reduce((sum, box) => sum + (box.width + kBoxGap) * (box.height + kBoxGap), 0)
  const widest = Math.max(0, ...boxes.map((box) => box.width))
  const rowWidth = Math.max(widest, Math.sqrt(area * aspect))
  let x = 0
  let y = 0
  let rowHeight = 0
  let width = 0
  for (const box of boxes) {
    if (x > 0 && x + box.width > rowWidth) {
      y += rowHeight + kBoxGap
      x = 0
      rowHeight = 0
    }
    place(box, x, y)
    x += box.width + kBoxGap
    width = Math.max(width, x - kBoxGap)
    rowHeight = Math.max(rowHeight, box.height)
  }
  return { width, height: y + rowHeight, boxes, titleHeight }
}

function boxOf<T>({ key, items }: { key: string; items: T[] }, keyOf: (item: T) => string, titleHeight: number): Box<T> {
  const columns = Math.max(1, Math.ceil(Math.sqrt(items.length * kAspect)))
  const rows = Math.max(1, Math.ceil(items.length / columns))
  const pitch = kCellSize + kGap
  const cells = items.map((item, index) => ({ item, key: keyOf(item), x: kPadding + (index % columns) * pitch, y: titleHeight + kPadding / 2 + Math.floor(index / columns) * pitch }))
  return { key, x: 0, y: 0, width: Math.max(5 * titleHeight, columns * pitch - kGap + 2 * kPadding), height: rows * pitch - kGap + titleHeight + 1.5 * kPadding, cells }
}

function place<T>(box: Box<T>, x: number, y: number) {
  box.x = x
  box.y = y
  for (const cell of box.cells) {
    cell.x += x
    cell.y += y
  }
}

/** What lies at a point of the picture: a device, else a group. */
export function hit<T>(picture: Picture<T>, x: number, y: number): { box: Box<T>; item?: T } | undefined {
  const box = picture.boxes.find((candidate) => x >= candidate.x && x <= candidate.x + candidate.width && y >= candidate.y && y <= candidate.y + candidate.height)
  if (!box) return undefined
  const cell = box.cells.find((candidate) => x >= candidate.x && x <= candidate.x + kCellSize && y >= candidate.y && y <= candidate.y + kCellSize)
  return { box, item: cell?.item }
}

export interface View {
  scale: number
  x: number
  y: number
}

const kScaleMin = 0.05
const kScaleMax = 10

/** The whole picture in a window, centred, not larger than is sensible. */
export function fitView(picture: { width: number; height: number }, width: number, height: number): View {
  const margin = 16
  const scale = clampScale(Math.min((width - 2 * margin) / Math.max(picture.width, 1), (height - 2 * margin) / Math.max(picture.height, 1), 6))
  return { scale, x: (width - picture.width * scale) / 2, y: (height - picture.height * scale) / 2 }
}

/** Zooms by a factor; the point of the window stays where it is. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = clampScale(view.scale * factor)
  const real = scale / view.scale
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real }
}

function clampScale(scale: number): number {
  return Math.min(kScaleMax, Math.max(kScaleMin, scale))
}
