// The serial console of an emulated board: what it prints, and what is typed into it.
import { Button, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { streamHub, useCan, useNamespace } from '@/api/hooks'
import { send } from '@/api/http'
import type { Device } from '@/api/types.gen'
import { printable } from '@/ui/log_view'
import { Card } from '@/ui/page'
import { toast } from '@/ui/toast'

/** Bytes of the past to begin with, and characters kept in the page. */
const kTailBytes = 16_384
const kKeptMax = 200_000
const kRetryMs = 1500

export default function Console({ device }: { device: Device }) {
  const namespace = useNamespace()
  const mayType = useCan('devices/console', 'create')
  const path = `/emulator/v1/namespaces/${encodeURIComponent(namespace)}/devices/${encodeURIComponent(device.metadata.name)}/console`
  const { text, problem } = useConsole(path)
  const box = useRef<HTMLPreElement>(null)
  useEffect(() => {
    const pre = box.current
    if (pre && pre.scrollHeight - pre.scrollTop - pre.clientHeight < 120) pre.scrollTop = pre.scrollHeight
  }, [text])
  return (
    <Card title="Serial console" flush actions={<span className={problem ? 'text-warn' : 'dim'} role="status">{problem ?? 'Live'}</span>}>
      <pre ref={box} className="log" style={{ height: 'calc(100vh - 360px)', minHeight: 240, margin: 0, padding: '8px 12px', whiteSpace: 'pre-wrap' }} tabIndex={0} role="log" aria-label={`Console of ${device.metadata.name}`} aria-live="off">{printable(text)}</pre>
      {mayType && <ConsoleInput path={path} />}
    </Card>
  )
}

/** Follows the console; after a break it goes on from what it has. */
function useConsole(path: string) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    const abort = new AbortController()
    const run = async () => {
      while (!abort.signal.aborted) {
        const decoder = new TextDecoder()
        try {
          const onOpen = () => (setText(''), setProblem(undefined))
          const onBytes = (bytes: Uint8Array) => setText((old) => (old + decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n').replaceAll('\r', '')).slice(-kKeptMax))
          await streamHub.follow(`${path}?follow=true&tail=${kTailBytes}`, { onOpen, onBytes }, abort.signal)
          if (!abort.signal.aborted) setProblem('The board is off')
        } catch (error) {
          setProblem(error instanceof Error ? error.message : String(error))
        }
        await new Promise((resolve) => setTimeout(resolve, kRetryMs))
      }
    }
    void run()
    return () => abort.abort()
  }, [path])
  return { text, problem }
}

function ConsoleInput({ path }: { path: string }) {
  const [line, setLine] = useState('')
  const type = async (bytes: string) => {
    try {
      await send(path, { method: 'POST', body: bytes, contentType: 'application/octet-stream' })
      setLine('')
    } catch (error) {
      toast.failed('The console did not take it', error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form
      className="row"
      style={{ padding: 10, borderTop: '1px solid var(--border)' }}
      onSubmit={(event) => {
        event.preventDefault()
        void type(`${line}\r\n`)
      }}
    >
      <TextInput className="grow" aria-label="Line to type into the console" placeholder="Type a line, Enter sends it" value={line} onChange={(event) => setLine(event.currentTarget.value)} autoComplete="off" spellCheck={false} />
      <Button type="submit" variant="default">Send</Button>
    </form>
  )
}
