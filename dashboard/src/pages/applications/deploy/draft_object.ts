// The object that a draft becomes. It starts from what is there (Draft.before) and changes what the form edits; all else, fields
// that this page has never heard of included, stays as it is.
import type { Application, ApplicationSpec, ApplicationSpecRollout, ApplicationSpecTarget } from '@/api/types.gen'
import type { Draft } from './draft'
import { batchesOf, pairs } from './rollout_steps'

/** `before` with these fields; undefined takes a field out. Undefined when nothing is left and nothing was there. */
function withFields<T extends object>(before: T | undefined, fields: Partial<T>): T | undefined {
  const all = Object.fromEntries(Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined))
  return Object.keys(all).length > 0 || before ? (all as T) : undefined
}

/** An empty list or map is written only where one was before. */
const orAbsent = <T extends object>(value: T, before: unknown): T | undefined => (Object.keys(value).length > 0 || before !== undefined ? value : undefined)

/** The default is written only where the field was before: absent and the default are the same. */
const unlessDefault = <T>(value: T, standard: T, before: unknown): T | undefined => (value !== standard || before !== undefined ? value : undefined)

export function targetOf(draft: Draft): ApplicationSpecTarget {
  const { all: _all, deviceNames: _names, selector, ...rest } = draft.before?.target ?? {}
  if (draft.targetKind === 'all') return { ...rest, all: true }
  if (draft.targetKind === 'names') return { ...rest, deviceNames: draft.deviceNames }
  const matchLabels = selector ? orAbsent(pairs(draft.labels), selector.matchLabels) : pairs(draft.labels)
  return { ...rest, selector: withFields(selector, { matchLabels }) ?? {} }
}

export function rolloutOf(draft: Draft): ApplicationSpecRollout | undefined {
  const before = draft.before?.rollout
  const batches = batchesOf(draft.batches, before?.batches).filter((batch) => batch !== undefined)
  // Without steps the form shows no more of the plan: what else is there stays.
  if (batches.length === 0) return withFields(before, { batches: orAbsent(batches, before?.batches?.length === 0 || undefined) })
  return withFields(before, {
    batches, maxUnavailable: draft.maxUnavailable,
    successThreshold: unlessDefault(draft.successThreshold, 90, before?.successThreshold),
    minReadySeconds: unlessDefault(draft.minReadySeconds, 0, before?.minReadySeconds),
    approval: unlessDefault(draft.manualApproval ? 'Manual' : 'Automatic', 'Automatic', before?.approval),
    autoRollback: unlessDefault(draft.autoRollback, true, before?.autoRollback),
  })
}

export function base64OfBytes(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** The object; call it when the draft has a module. Empty fields are left out. */
export function applicationOf(draft: Draft): Pick<Application, 'metadata' | 'spec'> {
  const { before } = draft
  const spec: ApplicationSpec = {
    ...before,
    module: { ...before?.module, inline: base64OfBytes(draft.module ?? new Uint8Array()) },
    target: targetOf(draft),
    config: withFields(before?.config, { args: orAbsent(draft.args, before?.config?.args), env: orAbsent(pairs(draft.env), before?.config?.env) }),
    limits: withFields(before?.limits, { memory: draft.memory, stack: draft.stack, fuelPerSecond: draft.fuelPerSecond, storage: draft.storage }),
    permissions: orAbsent(draft.permissions, before?.permissions),
    restart: withFields(before?.restart, { policy: unlessDefault(draft.restart, 'Always', before?.restart?.policy), maxRestarts: draft.maxRestarts, backoffMs: draft.backoffMs }),
    rollout: rolloutOf(draft),
  }
  return { metadata: { name: draft.name.trim() }, spec: withFields(undefined, spec) as ApplicationSpec }
}

/** Fields that the form edits, below `spec`; a name alone means all below it. */
const kEdited = [
  'module', 'target.all', 'target.deviceNames', 'target.selector.matchLabels', 'config.args', 'config.env', 'limits.memory', 'limits.stack', 'limits.fuelPerSecond',
  'limits.storage', 'permissions', 'restart.policy', 'restart.maxRestarts', 'restart.backoffMs', 'rollout.batches', 'rollout.successThreshold', 'rollout.minReadySeconds',
  'rollout.maxUnavailable', 'rollout.approval', 'rollout.autoRollback',
]

/** What of the spec was there before and is kept without being edited, to be shown; undefined when there is none. */
export function keptOf(draft: Draft): unknown {
  return draft.before && without(applicationOf(draft).spec, '')
}

function without(value: unknown, path: string): unknown {
  if (kEdited.includes(path)) return undefined
  // Below what no edited field lies in, everything is kept, empty or not.
  if (typeof value !== 'object' || value === null || (path !== '' && !kEdited.some((field) => field.startsWith(`${path}.`)))) return value
  const rest = Object.entries(value).map(([key, inner]) => [key, without(inner, path === '' ? key : `${path}.${key}`)] as const).filter(([, inner]) => inner !== undefined)
  return rest.length > 0 ? Object.fromEntries(rest) : undefined
}
