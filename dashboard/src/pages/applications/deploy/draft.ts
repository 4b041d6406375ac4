// An application being made or changed: what the form holds. draft_object.ts makes the object of it.
import type { Application, ApplicationSpec } from '@/api/types.gen'
import type { Template } from '@/api/system'
import { batchText } from './rollout_steps'

export interface Draft {
  /** What the application asks for now; absent when it is a new one. What the form does not edit stays as it is there. */
  before?: ApplicationSpec
  name: string
  /** The module; undefined until one was chosen. */
  module?: Uint8Array
  /** Where it came from, for people. */
  source: string
  targetKind: 'selector' | 'names' | 'all'
  labels: string[]
  deviceNames: string[]
  permissions: string[]
  memory?: number
  stack?: number
  fuelPerSecond?: number
  storage?: number
  restart: 'Never' | 'OnFailure' | 'Always'
  maxRestarts?: number
  backoffMs?: number
  args: string[]
  env: string[]
  /** Steps as text: "1", "10%", "canary=true". */
  batches: string[]
  successThreshold: number
  minReadySeconds: number
  maxUnavailable?: number
  manualApproval: boolean
  autoRollback: boolean
}

export const kEmptyDraft: Draft = {
  name: '', source: '', targetKind: 'selector', labels: [], deviceNames: [], permissions: [], restart: 'Always', args: [], env: [],
  batches: [], successThreshold: 90, minReadySeconds: 0, manualApproval: false, autoRollback: true,
}

export function draftOfTemplate(template: Template, module: Uint8Array): Partial<Draft> {
  return { name: template.name, module, source: `template ${template.title}`, permissions: template.permissions, restart: template.restart?.policy ?? 'Always', ...template.limits }
}

const entries = (fields: Record<string, string> | undefined) => Object.entries(fields ?? {}).map(([key, value]) => `${key}=${value}`)

export function draftOfApplication(application: Application, module: Uint8Array): Draft {
  const { target, limits, restart, config, permissions, rollout } = application.spec
  return {
    before: application.spec,
    name: application.metadata.name, module, source: 'the module it has now',
    targetKind: target.all ? 'all' : target.deviceNames ? 'names' : 'selector',
    labels: entries(target.selector?.matchLabels), deviceNames: target.deviceNames ?? [],
    permissions: permissions ?? [],
    memory: limits?.memory, stack: limits?.stack, fuelPerSecond: limits?.fuelPerSecond, storage: limits?.storage,
    restart: restart?.policy ?? 'Always', maxRestarts: restart?.maxRestarts, backoffMs: restart?.backoffMs,
    args: config?.args ?? [], env: entries(config?.env),
    batches: (rollout?.batches ?? []).map(batchText),
    successThreshold: rollout?.successThreshold ?? kEmptyDraft.successThreshold, minReadySeconds: rollout?.minReadySeconds ?? 0, maxUnavailable: rollout?.maxUnavailable,
    manualApproval: rollout?.approval === 'Manual', autoRollback: rollout?.autoRollback ?? true,
  }
}

const kNamePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

export function nameProblem(name: string): string | undefined {
  if (name.length > 63) return 'At most 63 characters.'
  return kNamePattern.test(name) ? undefined : 'Small letters, digits and dashes; it begins and ends with a letter or digit.'
}
