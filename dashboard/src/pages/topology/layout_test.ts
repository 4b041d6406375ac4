import { expect, test } from 'vitest'
import { fitView, hit, kCellSize, layOut, zoomAt } from './layout'

const groups = (...counts: number[]) => counts.map((count, index) => ({ key: `g${index}`, items: Array.from({ length: count }, (_, item) => `g${index}-${item}`) }))
const picture = (...counts: number[]) => layOut(groups(...counts), (item) => item, 1.6)

test('no two devices share a place, and each lies in its group', () => {
  const { boxes } = picture(50, 7, 0, 200)
  const places = new Set<string>()
  for (const box of boxes)
    for (const cell of box.cells) {
      places.add(`${cell.x},${cell.y}`)
      expect(cell.x).toBeGreaterThanOrEqual(box.x)
      expect(cell.x + kCellSize).toBeLessThanOrEqual(box.x + box.width)
      expect(cell.y + kCellSize).toBeLessThanOrEqual(box.y + box.height)
    }
  expect(places.size).toBe(257)
})

test('groups do not overlap', () => {
  const { boxes } = picture(5, 5000, 12, 1, 900)
  for (const a of boxes)
    for (const b of boxes)
      if (a !== b) expect(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y).toBe(true)
})

test('a point finds its device, its group, or nothing', () => {
  const found = picture(9)
  const cell = found.boxes[0]!.cells[4]!
  expect(hit(found, cell.x + 1, cell.y + 1)?.item).toBe('g0-4')
  expect(hit(found, found.boxes[0]!.x + 2, found.boxes[0]!.y + 2)).toMatchObject({ item: undefined })
  expect(hit(found, -50, -50)).toBeUndefined()
})

test('zooming keeps the point under the pointer', () => {
  const view = { scale: 1, x: 10, y: 20 }
  const zoomed = zoomAt(view, 2, 110, 120)
  expect((110 - zoomed.x) / zoomed.scale).toBeCloseTo((110 - view.x) / view.scale)
  expect(zoomAt(view, 1e9, 0, 0).scale).toBe(10)
})

test('five thousand devices fit a window', () => {
  const found = picture(2500, 2500)
  const view = fitView(found, 1000, 600)
  expect(found.width * view.scale).toBeLessThanOrEqual(1000)
  expect(found.height * view.scale).toBeLessThanOrEqual(600)
})
