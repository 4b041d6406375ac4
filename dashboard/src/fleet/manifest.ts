// What a revision's manifest says, as the part of Application.spec that it came from (core/proto/manifest.cddl). Read for display and for
// going back to a revision; signatures are checked by devices, not here.
import { bytesOfBase64 } from '@/api/stream_hub'
import type { ApplicationRevision, ApplicationSpec } from '@/api/types.gen'
import { type Cbor, decodeCbor } from './cbor'

/** The fields of Application.spec that make a revision. */
export type RunSpec = Pick<ApplicationSpec, 'module' | 'language' | 'config' | 'limits' | 'permissions' | 'restart'>

const kRestart = ['Never', 'OnFailure', 'Always'] as const

const map = (value: Cbor | undefined): Map<Cbor, Cbor> => (value instanceof Map ? value : new Map())
const list = (value: Cbor | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Fields with a value only. */
function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

/** The payload of the COSE_Sign1; throws Error when it is none. */
export function manifestPayload(cose: Uint8Array): Map<Cbor, Cbor> {
  const parts = decodeCbor(cose)
  const payload = Array.isArray(parts) ? parts[2] : undefined
  if (!(payload instanceof Uint8Array)) throw new Error('this is no COSE_Sign1')
  return map(decodeCbor(payload))
}

export function runSpecOf(revision: ApplicationRevision): RunSpec {
  const manifest = manifestPayload(bytesOfBase64(revision.spec.manifest))
  const limits = map(manifest.get(9))
  const restart = map(manifest.get(11))
  const number = (value: Cbor | undefined) => (typeof value === 'number' ? value : undefined)
  const args = list(manifest.get(13))
  const env = Object.fromEntries([...map(manifest.get(14))].map(([key, value]) => [String(key), String(value)]))
  return {
    module: { inline: revision.spec.module.inline },
    language: 'wasm',
    config: present({ args: args.length > 0 ? args : undefined, env: Object.keys(env).length > 0 ? env : undefined }),
    limits: present({ memory: number(limits.get(1)), stack: number(limits.get(2)), fuelPerSecond: number(limits.get(3)), storage: number(limits.get(4)) }),
    permissions: list(manifest.get(10)),
    restart: present({ policy: kRestart[number(restart.get(1)) ?? 2], maxRestarts: number(restart.get(2)), backoffMs: number(restart.get(3)) }),
  }
}

/** What tells two revisions apart, for a diff: the module by its digest. */
export function describeRevision(revision: ApplicationRevision): unknown {
  const { module: _, ...rest } = runSpecOf(revision)
  return { module: { sha256: revision.spec.module.sha256, size: revision.spec.module.size }, ...rest }
}

export function isRollback(revision: ApplicationRevision): boolean {
  return manifestPayload(bytesOfBase64(revision.spec.manifest)).get(15) === true
}
