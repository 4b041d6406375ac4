import { useRouteError } from 'react-router-dom'
import { Failed } from '@/ui/states'

/** Shown in place of a page that threw: the frame around it goes on working. */
export function PageCrash() {
  const error = useRouteError()
  const message = error instanceof Error ? error.message : String(error)
  return <Failed what="This page stopped working" message={`${message}. Reloading helps after an update of the platform.`} onRetry={() => location.reload()} />
}
