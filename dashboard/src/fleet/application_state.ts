// What the state of an application means to an operator.
import { condition } from '@/api/kube'
import type { Application } from '@/api/types.gen'
import type { Tone } from '@/ui/badge'
import type { Segment } from '@/ui/segments'

export type ApplicationPhase = NonNullable<NonNullable<Application['status']>['phase']>

const kTones: Partial<Record<string, Tone>> = { Running: 'ok', Completed: 'ok', Progressing: 'info', Pending: 'idle', Suspended: 'idle', Degraded: 'bad', Rejected: 'bad', Paused: 'warn' }

export function applicationPhase(application: Application): string {
  return application.status?.phase ?? 'Pending'
}

export function applicationTone(application: Application): Tone {
  return kTones[applicationPhase(application)] ?? 'idle'
}

/** Devices of an application by what is known of it there; what the counts leave over is still on its way. */
export function applicationSegments(application: Application): Segment[] {
  const { desired = 0, running = 0, completed = 0, failed = 0, unknown = 0 } = application.status ?? {}
  const rest = Math.max(0, desired - running - completed - failed - unknown)
  return [
    { tone: 'ok', count: running, label: 'running' },
    { tone: 'ok', count: completed, label: 'completed' },
    { tone: 'bad', count: failed, label: 'failed' },
    { tone: 'info', count: rest, label: 'on their way' },
    { tone: 'idle', count: unknown, label: 'not connected' },
  ]
}

export function rolloutReason(application: Application): string {
  return condition(application, 'Progressing')?.reason ?? ''
}
