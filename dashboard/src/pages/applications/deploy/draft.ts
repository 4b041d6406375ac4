// An application being made: what the form holds, and the object it becomes.
import type { Application, ApplicationSpecRollout, ApplicationSpecTarget } from '@/api/types.gen'
import type { Template } from '@/api/system'

export interface Draft {
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
  args: string[]
  env: string[]
  /** Steps as text: "1", "10%", "canary=true". */
  batches: string[]
  successThreshold: number
  minReadySeconds: number
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

export function draftOfApplication(application: Application, module: Uint8Array): Draft {
  const { spec } = application
  const rollout = spec.rollout
  return {
    ...kEmptyDraft,
    name: application.metadata.name, module, source: 'the module it has now',
    targetKind: spec.target.all ? 'all' : spec.target.deviceNames ? 'names' : 'selector',
    labels: Object.entries(spec.target.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    deviceNames: spec.target.deviceNames ?? [],
    permissions: spec.permissions ?? [],
    ...spec.limits,
    restart: spec.restart?.policy ?? 'Always',
    args: spec.config?.args ?? [],
    env: Object.entries(spec.config?.env ?? {}).map(([key, value]) => `${key}=${value}`),
    batches: (rollout?.batches ?? []).map((batch) => (batch.count !== undefined ? String(batch.count) : batch.percent !== undefined ? `${batch.percent}%` : Object.entries(batch.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`).join(','))),
    successThreshold: rollout?.successThreshold ?? 90, minReadySeconds: rollout?.minReadySeconds ?? 0,
    manualApproval: rollout?.approval === 'Manual', autoRollback: rollout?.autoRollback ?? true,
  }
}

const pairs = (entries: string[]) => Object.fromEntries(entries.map((entry) => {
  const at = entry.indexOf('=')
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}))

export function targetOf(draft: Draft): ApplicationSpecTarget {
  if (draft.targetKind === 'all') return { all: true }
  if (draft.targetKind === 'names') return { deviceNames: draft.deviceNames }
  return { selector: { matchLabels: pairs(draft.labels) } }
}

/** A step as people type it; undefined when it is none. */
export function parseBatch(text: string): NonNullable<ApplicationSpecRollout['batches']>[number] | undefined {
  const word = text.trim()
  if (/^[1-9]\d{0,5}$/.test(word)) return { count: Number(word) }
  const percent = /^(\d{1,3})\s*%$/.exec(word)
  if (percent) return Number(percent[1]) >= 1 && Number(percent[1]) <= 100 ? { percent: Number(percent[1]) } : undefined
  return /^[^=\s]+=[^=\s]*(,[^=\s]+=[^=\s]*)*$/.test(word) ? { selector: { matchLabels: pairs(word.split(',')) } } : undefined
}

export function rolloutOf(draft: Draft): ApplicationSpecRollout | undefined {
  const batches = draft.batches.map(parseBatch).filter((batch) => batch !== undefined)
  if (batches.length === 0) return undefined
  return {
    batches, successThreshold: draft.successThreshold, autoRollback: draft.autoRollback,
    ...(draft.minReadySeconds > 0 && { minReadySeconds: draft.minReadySeconds }),
    ...(draft.manualApproval && { approval: 'Manual' as const }),
  }
}

export function base64OfBytes(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** The object; call it when the draft has a module. Empty fields are left out. */
export function applicationOf(draft: Draft): Pick<Application, 'metadata' | 'spec'> {
  const limits = Object.fromEntries(Object.entries({ memory: draft.memory, stack: draft.stack, fuelPerSecond: draft.fuelPerSecond, storage: draft.storage }).filter(([, value]) => value !== undefined))
  const config = { ...(draft.args.length > 0 && { args: draft.args }), ...(draft.env.length > 0 && { env: pairs(draft.env) }) }
  const rollout = rolloutOf(draft)
  return {
    metadata: { name: draft.name.trim() },
    spec: {
      module: { inline: base64OfBytes(draft.module ?? new Uint8Array()) },
      target: targetOf(draft),
      ...(Object.keys(config).length > 0 && { config }),
      ...(Object.keys(limits).length > 0 && { limits }),
      ...(draft.permissions.length > 0 && { permissions: draft.permissions }),
      restart: { policy: draft.restart },
      ...(rollout && { rollout }),
    },
  }
}

const kNamePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

export function nameProblem(name: string): string | undefined {
  if (name.length > 63) return 'At most 63 characters.'
  return kNamePattern.test(name) ? undefined : 'Small letters, digits and dashes; it begins and ends with a letter or digit.'
}
