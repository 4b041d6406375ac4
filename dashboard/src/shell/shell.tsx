// The frame of every page: navigation, who is signed in, and whether what is shown is live.
import { Burger, Drawer } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { Suspense, useState, useSyncExternalStore } from 'react'
import { Link, Outlet } from 'react-router-dom'
import { streamHub, watchStore } from '@/api/hooks'
import { Loading } from '@/ui/states'
import { Account } from './account'
import { Navigation } from './navigation'
import './shell.css'

function Brand() {
  return <Link to="/" className="brand"><img src="/icon.svg" width="24" height="24" alt="" />Wasmbed</Link>
}

/** Says that what is on the page may be old; goes by itself when the connection is back. */
function ConnectionBanner() {
  const lost = useSyncExternalStore(streamHub.subscribe, streamHub.isLost)
  const problem = useSyncExternalStore(watchStore.subscribe, watchStore.problem)
  if (!lost && problem === undefined) return null
  return (
    <div className="banner tone-warn" role="status">
      <IconPlugConnectedX size={18} aria-hidden="true" />
      <span><strong>Disconnected.</strong> What you see is the last known state. Reconnecting… {!lost && <span className="dim">({problem})</span>}</span>
    </div>
  )
}

export function Shell({ onSignedOut }: { onSignedOut: () => void }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="shell">
      <a className="skip" href="#main">Skip to the page</a>
      <aside className="side fixed">
        <Brand />
        <Navigation />
        <div className="side-foot"><Account onSignedOut={onSignedOut} /></div>
      </aside>
      <header className="topbar">
        <Burger opened={open} onClick={() => setOpen(!open)} size="sm" aria-label="Open navigation" />
        <Brand />
      </header>
      <Drawer opened={open} onClose={() => setOpen(false)} size="260px" title="Wasmbed" lockScroll={false} closeButtonProps={{ 'aria-label': 'Close navigation' }}>
        <div className="stack">
          <Navigation onGo={() => setOpen(false)} />
          <Account onSignedOut={onSignedOut} />
        </div>
      </Drawer>
      <main className="main" id="main" tabIndex={-1}>
        <ConnectionBanner />
        <Suspense fallback={<Loading />}><Outlet /></Suspense>
      </main>
    </div>
  )
}
