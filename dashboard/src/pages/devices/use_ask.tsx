import { useCallback, useState, type ReactNode } from 'react'
import type { Device } from '@/api/types.gen'
import { ConfirmDialog, type Question } from '@/ui/confirm'
import { toast } from '@/ui/toast'
import type { DeviceAction } from './device_actions'
import { runOnAll } from './run_on_all'

/** Asks where an action wants it, does it, and says how it went. `after` runs when it went well. */
export function useAsk(): { ask: (action: DeviceAction, devices: Device[], after?: () => void) => void; dialog: ReactNode } {
  const [question, setQuestion] = useState<Question>()
  const ask = useCallback((action: DeviceAction, devices: Device[], after?: () => void) => {
    const only = devices.length === 1 ? devices[0]!.metadata.name : undefined
    const subject = only ?? `${devices.length} devices`
    const run = async () => {
      await runOnAll(action.run, devices)
      toast.done(`${action.done}: ${subject}`)
      after?.()
    }
    if (!action.consequence) {
      run().catch((error: Error) => toast.failed(`${action.label} ${subject}: failed`, error.message))
      return
    }
    const names = devices.slice(0, 8).map((device) => device.metadata.name).join(', ')
    setQuestion({
      title: `${action.label} ${subject}?`,
      text: <>{action.consequence(only ?? 'Each of them')}{!only && <p className="dim" style={{ marginTop: 8 }}>{names}{devices.length > 8 ? ` and ${devices.length - 8} more` : ''}</p>}</>,
      action: only ? action.label : `${action.label} ${devices.length}`,
      dangerous: action.dangerous,
      typeToConfirm: action.typed ? (only ?? `${devices.length} devices`) : undefined,
      run,
    })
  }, [])
  return { ask, dialog: <ConfirmDialog question={question} onClose={() => setQuestion(undefined)} /> }
}
