// A safe terminal: lines go to the platform's own commands, never to a shell; output is text.
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useNamespace } from '@/api/hooks'
import { sendJson } from '@/api/http'
import { printable } from '@/ui/log_view'
import { PageHead } from '@/ui/page'
import { commonPrefix } from './completion'
import './terminal.css'

interface Answer {
  exitStatus: number
  output: string
  errors: string
  truncated: boolean
  timedOut: boolean
  seconds: number
}

interface Entry {
  id: number
  line: string
  answer?: Answer
  failure?: string
}

const kHistoryKey = 'wasmbed-terminal-history'
const kHistoryMax = 200
const kEntriesMax = 100

function readHistory(): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(kHistoryKey) ?? '[]') as string[]
  } catch {
    return []
  }
}

export default function Terminal() {
  const namespace = useNamespace()
  const [entries, setEntries] = useState<Entry[]>([])
  const [line, setLine] = useState('')
  const [busy, setBusy] = useState(false)
  const [candidates, setCandidates] = useState<string[]>([])
  const history = useRef(readHistory())
  const place = useRef<number>(undefined)
  const input = useRef<HTMLInputElement>(null)
  const end = useRef<HTMLDivElement>(null)
  // A block: in newer browsers scrollIntoView gives a promise, which is no clean-up function.
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' })
  }, [entries, candidates])

  const run = async (text: string) => {
    setCandidates([])
    setLine('')
    place.current = undefined
    if (text.trim() === '') return
    if (text.trim() === 'clear') return setEntries([])
    history.current = [...history.current.filter((entry) => entry !== text), text].slice(-kHistoryMax)
    sessionStorage.setItem(kHistoryKey, JSON.stringify(history.current))
    const id = Date.now()
    setEntries((old) => [...old, { id, line: text }].slice(-kEntriesMax))
    setBusy(true)
    const finish = (result: Partial<Entry>) => setEntries((old) => old.map((entry) => (entry.id === id ? { ...entry, ...result } : entry)))
    try {
      finish({ answer: await sendJson<Answer>('/terminal', { method: 'POST', body: { line: text, namespace } }) })
    } catch (error) {
      finish({ failure: error instanceof Error ? error.message : String(error) })
    } finally {
      setBusy(false)
      input.current?.focus()
    }
  }

  const complete = async () => {
    const query = new URLSearchParams({ line, namespace })
    const found = await sendJson<{ from: number; candidates: string[] }>(`/terminal/complete?${query}`).catch(() => undefined)
    if (!found || found.candidates.length === 0) return setCandidates([])
    const only = found.candidates.length === 1
    setLine(line.slice(0, found.from) + commonPrefix(found.candidates) + (only ? ' ' : ''))
    setCandidates(only ? [] : found.candidates)
  }

  const older = (by: number) => {
    const count = history.current.length
    const next = Math.min(count, Math.max(0, (place.current ?? count) + by))
    place.current = next
    setLine(history.current[next] ?? '')
  }

  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Tab' && !event.shiftKey && line !== '') {
      event.preventDefault()
      void complete()
    } else if (event.key === 'ArrowUp') {
      event.preventDefault()
      older(-1)
    } else if (event.key === 'ArrowDown') {
      event.preventDefault()
      older(1)
    } else if (event.key === 'Escape') {
      setCandidates([])
      setLine('')
    } else if (event.key === 'l' && event.ctrlKey) {
      event.preventDefault()
      setEntries([])
    }
  }

  return (
    <>
      <PageHead title="Terminal" subtitle="Commands of wasmbed, and kubectl’s reading ones, with your rights. Each call is written to the audit log. Tab completes, ↑ goes back." />
      <div className="terminal" onClick={() => window.getSelection()?.isCollapsed && input.current?.focus()}>
        <div role="log" aria-label="Output" aria-live="polite">
          {entries.length === 0 && <div className="dim">Try <code>get devices -o wide</code>, <code>logs blink</code> or <code>help</code>.</div>}
          {entries.map((entry) => <EntryView key={entry.id} entry={entry} />)}
        </div>
        <form
          className="prompt"
          onSubmit={(event) => {
            event.preventDefault()
            if (!busy) void run(line)
          }}
        >
          <label htmlFor="terminal-line" className="text-ok">wasmbed ❯</label>
          <input id="terminal-line" ref={input} value={line} onChange={(event) => setLine(event.currentTarget.value)} onKeyDown={onKey} autoFocus autoComplete="off" autoCapitalize="off" spellCheck={false} aria-label="Command" />
        </form>
        {candidates.length > 0 && <div className="candidates" role="status">{candidates.slice(0, 60).join('   ')}{candidates.length > 60 && `   and ${candidates.length - 60} more`}</div>}
        <div ref={end} />
      </div>
    </>
  )
}

function EntryView({ entry }: { entry: Entry }) {
  const { answer, failure } = entry
  return (
    <div className="entry">
      <div><span className="text-ok">❯</span> {entry.line}</div>
      {!answer && !failure && <div className="dim">…</div>}
      {answer?.output && <pre>{printable(answer.output)}</pre>}
      {answer?.errors && <pre className="text-bad">{printable(answer.errors)}</pre>}
      {failure && <pre className="text-bad">{failure}</pre>}
      {answer?.truncated && <div className="text-warn">The output was cut: it is longer than is shown here.</div>}
      {answer?.timedOut && <div className="text-warn">Stopped after 30 seconds.</div>}
      {answer && answer.exitStatus !== 0 && <div className="dim">exit status {answer.exitStatus}</div>}
    </div>
  )
}
