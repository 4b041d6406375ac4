// Results of actions: said once, read out by screen readers, gone by themselves unless they are errors.
import { CloseButton } from '@mantine/core'
import { useSyncExternalStore } from 'react'

interface Toast {
  id: number
  tone: 'ok' | 'bad'
  title: string
  text?: string
}

const kShownMs = 5000
const kToastsMax = 4
let toasts: Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function set(next: Toast[]) {
  toasts = next
  listeners.forEach((listener) => listener())
}

function dismiss(id: number) {
  set(toasts.filter((toast) => toast.id !== id))
}

function show(tone: Toast['tone'], title: string, text?: string) {
  lastId += 1
  const id = lastId
  set([...toasts, { id, tone, title, text }].slice(-kToastsMax))
  if (tone === 'ok') setTimeout(() => dismiss(id), kShownMs)
}

export const toast = {
  done: (title: string, text?: string) => show('ok', title, text),
  failed: (title: string, text: string) => show('bad', title, text),
}

export function Toasts() {
  const shown = useSyncExternalStore((listener) => (listeners.add(listener), () => void listeners.delete(listener)), () => toasts)
  return (
    <div className="toasts" role="region" aria-label="Notifications" aria-live="polite">
      {shown.map((entry) => (
        <div key={entry.id} className="toast" role={entry.tone === 'bad' ? 'alert' : undefined}>
          <div className="grow">
            <strong className={entry.tone === 'bad' ? 'text-bad' : 'text-ok'}>{entry.title}</strong>
            {entry.text && <div>{entry.text}</div>}
          </div>
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => dismiss(entry.id)} />
        </div>
      ))}
    </div>
  )
}
