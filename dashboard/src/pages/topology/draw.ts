// Paints the picture on a canvas: colours come from the page's own variables, so light and dark need nothing here.
import type { Device } from '@/api/types.gen'
import { failingApps, phaseOf, phaseTone } from '@/fleet/device_state'
import type { Tone } from '@/ui/badge'
import { kCellSize, kTitleHeight, type Picture, type View } from './layout'

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
    context.font = `600 ${Math.max(10, Math.min(15, 12 * view.scale))}px system-ui, sans-serif`
    context.textBaseline = 'middle'
    context.fillText(title?.text ?? box.key, px(box.x) + 8, py(box.y + kTitleHeight / 2))
    for (const cell of box.cells) {
      if (!visible(cell.x, cell.y, kCellSize, kCellSize)) continue
      context.globalAlpha = found && !found.has(cell.key) ? 0.15 : 1
      const size = kCellSize * view.scale
      mark(context, toneOf(cell.item), px(cell.x), py(cell.y), size, colours, surface)
      if (found?.has(cell.key) || hovered === cell.key) {
        context.strokeStyle = accent
        context.lineWidth = 2
        context.strokeRect(px(cell.x) - 2, py(cell.y) - 2, size + 4, size + 4)
      }
      if (named) name(context, cell.key, px(cell.x), py(cell.y), size, surface, dim)
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

function name(context: CanvasRenderingContext2D, text: string, x: number, y: number, size: number, surface: string, dim: string) {
  context.font = '11px system-ui, sans-serif'
  const shown = context.measureText(text).width > size - 8 ? `${text.slice(0, Math.max(3, Math.floor((size - 14) / 6.2)))}…` : text
  context.fillStyle = surface
  context.fillRect(x + 3, y + size - 18, size - 6, 15)
  context.fillStyle = dim
  context.fillText(shown, x + 6, y + size - 10)
}
