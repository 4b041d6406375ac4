// The canvas of the topology: pans, zooms, tells what is under the pointer, opens what is clicked.
import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from 'react'
import { useNavigate } from 'react-router-dom'
import type { Device } from '@/api/types.gen'
import { failingApps, phaseOf } from '@/fleet/device_state'
import type { Tone } from '@/ui/badge'
import { draw } from './draw'
import { fitView, hit, layOut, zoomAt, type View } from './layout'

export interface CanvasControls {
  zoom: (factor: number) => void
  fit: () => void
  /** Set by the canvas. */
  target: { zoom: (factor: number) => void; fit: () => void } | undefined
}

export function useCanvasControls(): CanvasControls {
  const [controls] = useState<CanvasControls>(() => {
    const made: CanvasControls = { target: undefined, zoom: (factor) => made.target?.zoom(factor), fit: () => made.target?.fit() }
    return made
  })
  return controls
}

interface CanvasProps {
  groups: { key: string; items: Device[] }[]
  titles: ReadonlyMap<string, { text: string; tone: Tone }>
  found: ReadonlySet<string> | undefined
  controls: CanvasControls
  grouping: string
}

/** A press that moved less than this is a click. */
const kClickPx = 4
const kPanPx = 60

export function Canvas({ groups, titles, found, controls, grouping }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const navigate = useNavigate()
  const scheme = useComputedColorScheme('light')
  const [size, setSize] = useState({ width: 800, height: 500 })
  const [moved, setMoved] = useState<View>()
  const [under, setUnder] = useState<{ device?: Device; group: string; x: number; y: number }>()
  const drag = useRef<{ x: number; y: number; far: boolean } | undefined>(undefined)
  const picture = useMemo(() => layOut(groups, (device) => device.metadata.name, size.width / size.height), [groups, size])
  // Until somebody moves it, the whole picture is shown, also as it grows.
  const view = moved ?? fitView(picture, size.width, size.height)

  useEffect(() => setMoved(undefined), [grouping])
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setSize({ width: entry.contentRect.width, height: entry.contentRect.height }))
    observer.observe(canvas.current!)
    return () => observer.disconnect()
  }, [])
  controls.target = { zoom: (factor) => setMoved(zoomAt(view, factor, size.width / 2, size.height / 2)), fit: () => setMoved(undefined) }

  useLayoutEffect(() => {
    const element = canvas.current!
    const ratio = window.devicePixelRatio || 1
    element.width = Math.round(size.width * ratio)
    element.height = Math.round(size.height * ratio)
    draw(element, { picture, view, titles, found, hovered: under?.device?.metadata.name })
    // `scheme` changes the colours that draw() reads from the page.
  }, [picture, view, titles, found, under, size, scheme])

  // React's own wheel listener is passive: it could not keep the page from scrolling.
  useEffect(() => {
    const element = canvas.current!
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const box = element.getBoundingClientRect()
      setMoved((current) => zoomAt(current ?? view, Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  })

  const at = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect()
    const x = event.clientX - box.left
    const y = event.clientY - box.top
    return { x, y, hit: hit(picture, (x - view.x) / view.scale, (y - view.y) / view.scale) }
  }
  const onMove = (event: PointerEvent) => {
    const from = drag.current
    if (from && event.buttons === 1) {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y]
      if (!from.far && Math.hypot(dx, dy) < kClickPx) return
      drag.current = { x: event.clientX, y: event.clientY, far: true }
      setUnder(undefined)
      setMoved({ ...view, x: view.x + dx, y: view.y + dy })
      return
    }
    const { x, y, hit: found } = at(event)
    setUnder(found ? { device: found.item, group: found.box.key, x, y } : undefined)
  }
  const onUp = (event: PointerEvent) => {
    const wasDrag = drag.current?.far
    drag.current = undefined
    if (wasDrag) return
    const { hit: found } = at(event)
    if (found?.item) navigate(`/devices/${found.item.metadata.name}`)
    else if (found && grouping === 'gateway' && found.box.key !== 'no gateway yet') navigate(`/gateways/${found.box.key}`)
  }
  const onKey = (key: string) => {
    const pan: Record<string, [number, number]> = { ArrowLeft: [kPanPx, 0], ArrowRight: [-kPanPx, 0], ArrowUp: [0, kPanPx], ArrowDown: [0, -kPanPx] }
    if (pan[key]) setMoved({ ...view, x: view.x + pan[key][0], y: view.y + pan[key][1] })
    else if (key === '+' || key === '=') controls.zoom(1.3)
    else if (key === '-') controls.zoom(1 / 1.3)
    else if (key === '0') controls.fit()
    else return false
    return true
  }
  return (
    <>
      <canvas ref={canvas} tabIndex={0} role="img" aria-label={`Picture of ${picture.boxes.length} groups of devices; the arrow keys move it, plus and minus zoom. The list below says the same.`}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, far: false }
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={onMove} onPointerUp={onUp} onPointerLeave={() => setUnder(undefined)} onKeyDown={(event) => onKey(event.key) && event.preventDefault()} />
      {under && <Tip under={under} />}
    </>
  )
}

function Tip({ under }: { under: { device?: Device; group: string; x: number; y: number } }) {
  const { device } = under
  return (
    <div className="tip" style={{ left: under.x + 14, top: under.y + 14 }}>
      <strong>{device?.metadata.name ?? under.group}</strong>
      {device && <div>{phaseOf(device)}, {device.spec.board}, apps {device.status?.apps ?? '–'}</div>}
      {device && failingApps(device).map((app) => <div key={app.name} className="text-bad">{app.name}: {app.reason || app.state}</div>)}
    </div>
  )
}
