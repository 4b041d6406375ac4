// Paints the picture on a canvas: colours come from the page's own variables, so light and dark need nothing here.
import type { Device } from '@/api/types.gen'
import { failingApps, phaseOf, phaseTone } from '@/fleet/device_state'
import type { Tone } from '@/ui/badge'
import { kCellSize, kPadding, type Picture, type View } from './layout'

export interface Paint {
  picture: Picture<Device>
  view: View
  titles: ReadonlyMap<string, { text: string; tone: Tone }>
  /** Devices that match the search; undefined: no search. */
  found: ReadonlySet<string> | undefined
  hovered: string | undefined
}

/** Names are written where a cell is at least this wide on the screen. */
const kNamePx = 58

export function toneOf(device: Device): Tone {
  const tone = phaseTone(phaseOf(device))
  return tone === 'ok' && failingApps(device).length > 0 ? 'bad' : tone
}

export function draw(canvas: HTMLCanvasElement, { picture, view, titles, found, hovered }: Paint) {
  const context = canvas.getContext('2d')
  if (!context) return
  const ratio = window.devicePixelRatio || 1
  const style = getComputedStyle(canvas)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const colours: Record<Tone, string> = { ok: colour('ok'), info: colour('info'), warn: colour('warn'), bad: colour('bad'), idle: colour('border-strong') }
  const [surface, border, text, dim, accent] = [colour('surface'), colour('border'), colour('text'), colour('text-dim'), colour('accent')]
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight)
  const px = (x: number) => x * view.scale + view.x
  const py = (y: number) => y * view.scale + view.y
  const visible = (x: number, y: number, width: number, height: number) => px(x + width) >= 0 && py(y + height) >= 0 && px(x) <= canvas.clientWidth && py(y) <= canvas.clientHeight
  const named = kCellSize * view.scale >= kNamePx
  for (const box of picture.boxes) {
    if (!visible(box.x, box.y, box.width, box.height)) continue
    context.fillStyle = surface
    context.strokeStyle = border
    context.lineWidth = 1
    context.beginPath()
    context.roundRect(px(box.x), py(box.y), box.width * view.scale, box.height * view.scale, 6)
    context.fill()
    context.stroke()
    const title = titles.get(box.key)
    context.save()
    context.beginPath()
    context.rect(px(box.x), py(box.y), box.width * view.scale, box.height * view.scale)
    context.clip()
    context.fillStyle = text
    context.font = `600 ${Math.max(9, Math.min(18, 0.62 * picture.titleHeight * view.scale))}px system-ui, sans-serif`
    context.textBaseline = 'middle'
    context.fillText(title?.text ?? box.key, px(box.x + kPadding), py(box.y + picture.titleHeight / 2))
    for (const cell of box.cells) {
      if (!visible(cell.x, cell.y, kCellSize, kCellSize)) continue
      context.globalAlpha = found && !found.has(cell.key) ? 0.15 : 1
      const size = kCellSize * view.scale
      if (named) label(context, cell.item, px(cell.x), py(cell.y), size, colours, [colour('surface-2'), text, dim])
      else mark(context, toneOf(cell.item), px(cell.x), py(cell.y), size, colours, surface)
      if (found?.has(cell.key) || hovered === cell.key) {
        context.strokeStyle = accent
        context.lineWidth = 2
        context.strokeRect(px(cell.x) - 2, py(cell.y) - 2, size + 4, size + 4)
      }
      context.globalAlpha = 1
    }
    context.restore()
  }
}

/** A filled square, or one with a mark in it: the state is not told by colour alone. */
function mark(context: CanvasRenderingContext2D, tone: Tone, x: number, y: number, size: number, colours: Record<Tone, string>, surface: string) {
  context.fillStyle = colours[tone]
  context.strokeStyle = colours[tone]
  const radius = Math.min(4, size / 5)
  context.beginPath()
  context.roundRect(x, y, size, size, radius)
  if (tone === 'idle' || tone === 'info') {
    context.lineWidth = Math.max(1, Math.min(3, size / 8))
    context.stroke()
    return
  }
  context.fill()
  if (tone === 'ok' || size < 7) return
  context.strokeStyle = surface
  context.lineWidth = Math.max(1, Math.min(4, size / 8))
  const inset = size * 0.3
  context.beginPath()
  context.moveTo(x + inset, y + inset)
  context.lineTo(x + size - inset, y + size - inset)
  if (tone === 'bad') {
    context.moveTo(x + size - inset, y + inset)
    context.lineTo(x + inset, y + size - inset)
  }
  context.stroke()
}

/** A cell large enough to read: its colour at the side, name and state beside it. */
function label(context: CanvasRenderingContext2D, device: Device, x: number, y: number, size: number, colours: Record<Tone, string>, [background, text, dim]: [string, string, string]) {
  const bar = Math.min(8, size / 10)
  context.fillStyle = background
  context.beginPath()
  context.roundRect(x, y, size, size, 4)
  context.fill()
  context.fillStyle = colours[toneOf(device)]
  context.beginPath()
  context.roundRect(x, y, bar, size, 4)
  context.fill()
  context.save()
  context.beginPath()
  context.rect(x + bar, y, size - bar - 2, size)
  context.clip()
  const font = Math.max(9, Math.min(13, size / 7))
  const lines: [string, string, string][] = [[`600 ${font}px`, text, device.metadata.name], [`${font * 0.9}px`, dim, phaseOf(device)], [`${font * 0.9}px`, dim, device.spec.board], [`${font * 0.9}px`, dim, device.status?.apps ? `apps ${device.status.apps}` : '']]
  lines.forEach(([weight, colour, words], index) => {
    context.font = `${weight} system-ui, sans-serif`
    context.fillStyle = colour
    context.fillText(words, x + bar + 5, y + font * (1.1 + index * 1.45))
  })
  context.restore()
}
