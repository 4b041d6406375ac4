// What a page shows when it has nothing to show: loading, empty, failed.
import { Button, Loader } from '@mantine/core'
import { IconAlertTriangle, IconInbox } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export function Loading({ what = 'Loading' }: { what?: string }) {
  return <div className="state-block" role="status"><Loader size="sm" aria-hidden="true" /><span>{what}…</span></div>
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state-block">
      <IconInbox size={28} stroke={1.4} aria-hidden="true" />
      <strong>{title}</strong>
      {children && <p>{children}</p>}
      {action}
    </div>
  )
}

/** `message` is the API's own reason; what was tried stands before it. */
export function Failed({ what, message, onRetry }: { what: string; message: string; onRetry?: () => void }) {
  return (
    <div className="state-block" role="alert">
      <IconAlertTriangle size={28} stroke={1.4} aria-hidden="true" className="text-bad" />
      <strong>{what}</strong>
      <p>{message}</p>
      {onRetry && <Button variant="default" onClick={onRetry}>Try again</Button>}
    </div>
  )
}
