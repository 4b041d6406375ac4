// Signed in or not; everything else is a route.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { RouterProvider } from 'react-router-dom'
import { SessionProvider, streamHub, watchStore } from '@/api/hooks'
import { whenSignedOut } from '@/api/http'
import { readSession, type Session } from '@/api/session'
import { Failed, Loading } from '@/ui/states'
import { Toasts } from '@/ui/toast'
import { Login } from './shell/login'
import { makeRouter } from './routes'

type Known = { session: Session | null; ended: boolean } | 'loading' | { problem: string }

export function App() {
  const [known, setKnown] = useState<Known>('loading')
  const load = useCallback(() => {
    readSession().then(
      (session) => setKnown({ session, ended: false }),
      (error: Error) => setKnown({ problem: error.message }),
    )
  }, [])
  const leave = useCallback((ended: boolean) => {
    watchStore.clear()
    setKnown({ session: null, ended })
  }, [])
  useEffect(() => {
    load()
    const ended = () => setKnown((current) => (typeof current === 'object' && 'session' in current && current.session ? (watchStore.clear(), { session: null, ended: true }) : current))
    whenSignedOut(ended)
    streamHub.whenSignedOut(ended)
    // Asking for the session tells: its 401 signs out.
    streamHub.whenRefused(() => void readSession().catch(() => {}))
  }, [load])
  const router = useMemo(() => makeRouter(() => leave(false)), [leave])
  if (known === 'loading') return <Loading what="Connecting" />
  if ('problem' in known) return <main><Failed what="The dashboard cannot start" message={known.problem} onRetry={load} /></main>
  if (!known.session) return <Login ended={known.ended} onSignedIn={(session) => setKnown({ session, ended: false })} />
  return (
    <SessionProvider value={known.session}>
      <RouterProvider router={router} />
      <Toasts />
    </SessionProvider>
  )
}
