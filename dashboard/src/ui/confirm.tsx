// Asking before something that cannot be taken back. The question names the object; what cannot be undone wants its name typed.
import { Button, Modal, TextInput } from '@mantine/core'
import { useState, type ReactNode } from 'react'

export interface Question {
  title: string
  /** What will happen, in full sentences. */
  text: ReactNode
  /** The verb on the button. */
  action: string
  dangerous?: boolean
  /** Must be typed before the button works. */
  typeToConfirm?: string
  run: () => Promise<unknown>
}

export function ConfirmDialog({ question, onClose }: { question: Question | undefined; onClose: () => void }) {
  return (
    <Modal opened={question !== undefined} onClose={onClose} title={question?.title ?? ''} lockScroll={false}>
      {question && <ConfirmBody key={question.title} question={question} onClose={onClose} />}
    </Modal>
  )
}

function ConfirmBody({ question, onClose }: { question: Question; onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const ready = question.typeToConfirm === undefined || typed === question.typeToConfirm
  const go = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await question.run()
      onClose()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) void go()
      }}
    >
      <div>{question.text}</div>
      {question.typeToConfirm !== undefined && (
        <TextInput label={<>Type <code>{question.typeToConfirm}</code> to confirm</>} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus autoComplete="off" spellCheck={false} />
      )}
      {error && <div role="alert" className="text-bad">{error}</div>}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button type="submit" color={question.dangerous ? 'red' : undefined} loading={busy} disabled={!ready} data-autofocus={question.typeToConfirm === undefined || undefined}>{question.action}</Button>
      </div>
    </form>
  )
}
