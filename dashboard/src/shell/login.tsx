import { Button, PasswordInput } from '@mantine/core'
import { useState } from 'react'
import { signIn, type Session } from '@/api/session'

/** Turns a token into a session; the token itself is not kept anywhere in the page. */
export function Login({ onSignedIn, ended }: { onSignedIn: (session: Session) => void; ended: boolean }) {
  const [token, setToken] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    setBusy(true)
    setError(undefined)
    try {
      onSignedIn(await signIn(token))
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main className="login">
      <section className="card">
        <form
          className="card-body stack-lg"
          onSubmit={(event) => {
            event.preventDefault()
            void submit()
          }}
        >
          <div className="row"><img src="/icon.svg" width="32" height="32" alt="" /><h1>Sign in to Wasmbed</h1></div>
          {ended && <div role="status" className="text-warn">Your session has ended. Sign in again to go on.</div>}
          <PasswordInput label="Token" placeholder="wasmbed-…" value={token} onChange={(event) => setToken(event.currentTarget.value)} error={error} autoComplete="current-password" data-autofocus autoFocus visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }} />
          <Button type="submit" loading={busy} disabled={token.trim() === ''} fullWidth>Sign in</Button>
          <p className="dim">
            <code>wasmbed dashboard</code> prints a link that signs you in without a token. An administrator makes tokens with{' '}
            <code>wasmbed user create NAME --role editor</code>.
          </p>
        </form>
      </section>
    </main>
  )
}
