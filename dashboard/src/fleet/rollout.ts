// The arithmetic of rollouts: what a plan means for so many devices, and how far one has come. The controller decides; this predicts and shows.
import type { Application, ApplicationSpecRolloutBatches, Device } from '@/api/types.gen'
import type { Tone } from '@/ui/badge'
import { matchesTarget, targetText } from './label_selector'

export interface PlannedStep {
  /** As a person says it: "10 %", "2 devices", "site=lab". */
  label: string
  /** Devices that have the new revision when the step is done. */
  devices: number
}

/** The steps of a plan over the devices that match now; the last one is always all of them. */
export function plannedSteps(batches: ApplicationSpecRolloutBatches[], devices: Device[]): PlannedStep[] {
  const total = devices.length
  const steps: PlannedStep[] = []
  let reached = 0
  for (const batch of batches) {
    const { label, wanted } = wantedBy(batch, devices)
    // A step never takes devices back; those of a selector may have been moved before, so this is the least it can be.
    reached = Math.min(total, Math.max(reached, wanted))
    steps.push({ label, devices: reached })
  }
  if (batches[batches.length - 1]?.percent !== 100) steps.push({ label: 'all', devices: total })
  return steps
}

function wantedBy(batch: ApplicationSpecRolloutBatches, devices: Device[]): { label: string; wanted: number } {
  if (batch.count !== undefined) return { label: batch.count === 1 ? '1 device' : `${batch.count} devices`, wanted: batch.count }
  if (batch.percent !== undefined) return { label: `${batch.percent} %`, wanted: Math.ceil((devices.length * batch.percent) / 100) }
  const target = { selector: batch.selector ?? {} }
  return { label: targetText(target), wanted: devices.filter((device) => matchesTarget(device, target)).length }
}

export interface RolloutView {
  state: string
  tone: Tone
  text: string
  /** Of the devices, how many are to get the target revision now, and how many run it. */
  moved: number
  ready: number
  desired: number
  step?: number
  steps?: number
  canPause: boolean
  canResume: boolean
  canApprove: boolean
  canAbort: boolean
}

const kTones: Record<string, Tone> = { Progressing: 'info', Paused: 'warn', WaitingForApproval: 'warn', Complete: 'ok', RolledBack: 'bad', Failed: 'bad' }
const kTexts: Record<string, string> = {
  Progressing: 'Rolling out', Paused: 'Paused', WaitingForApproval: 'Waits for approval', Complete: 'Rolled out', RolledBack: 'Rolled back', Failed: 'Failed',
}

export function rolloutView(application: Application): RolloutView {
  const status = application.status ?? {}
  const rollout = status.rollout
  const state = rollout?.state ?? (rollout?.complete ? 'Complete' : 'Progressing')
  const paused = application.spec.rollout?.paused ?? false
  const finished = state === 'Complete' || state === 'RolledBack'
  const desired = status.desired ?? 0
  return {
    state, tone: kTones[state] ?? 'idle', text: kTexts[state] ?? state, desired,
    moved: rollout?.moved ?? (rollout?.complete ? desired : 0), ready: status.ready ?? 0, step: rollout?.step, steps: rollout?.steps,
    canPause: !paused && !finished && state !== 'Failed', canResume: paused, canApprove: state === 'WaitingForApproval',
    canAbort: !finished && Boolean(rollout?.stable) && rollout?.stable !== rollout?.target,
  }
}
