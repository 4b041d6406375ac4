import { expect, test } from 'vitest'
import type { Application, ApplicationSpec } from '@/api/types.gen'
import { replacementPatch } from '@/fleet/merge_patch'
import { type Draft, draftOfApplication, kEmptyDraft } from './draft'
import { applicationOf, base64OfBytes, keptOf } from './draft_object'
import { batchesOf, batchText } from './rollout_steps'

const kModule = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
const kOtherModule = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 0, 1, 0])
const kNotOld = { key: 'tier', operator: 'NotIn' as const, values: ['0', '1'] }

/** Everything the schema has, and fields that it may have one day. */
const kFullSpec = {
  module: { inline: base64OfBytes(kModule), signedBy: 'somebody' },
  language: 'wasm',
  target: { selector: { matchLabels: { site: 'lab' }, matchExpressions: [kNotOld], matchFields: ['x'] } },
  config: { args: ['-v'], env: { MODE: 'a=b' }, files: { a: 'b' } },
  limits: { memory: 65536, stack: 4096, sockets: 2 },
  permissions: ['led:0'],
  restart: { policy: 'OnFailure', maxRestarts: 5, backoffMs: 250, jitter: 0.1 },
  suspended: true,
  rollout: {
    batches: [{ count: 1 }, { selector: { matchExpressions: [{ key: 'canary', operator: 'Exists' }] } }, { selector: { matchLabels: { site: 'lab' }, matchExpressions: [kNotOld] } }, { percent: 10, soak: '1h' }],
    successThreshold: 80, minReadySeconds: 5, maxUnavailable: 2, paused: true, approval: 'Manual', approved: { revision: 'a-1', step: 2 }, autoRollback: false, window: 'night',
  },
  priority: 7,
} as unknown as ApplicationSpec

const draftOf = (spec: ApplicationSpec) => draftOfApplication({ metadata: { name: 'a' }, spec } as Application, kModule)
/** What would be sent after these changes of the form. */
const patchOf = (spec: ApplicationSpec, changes: Partial<Draft>) => replacementPatch(spec, applicationOf({ ...draftOf(spec), ...changes }).spec)

test('a form that was not touched asks for what is there, unknown fields included', () => {
  expect(applicationOf(draftOf(kFullSpec)).spec).toEqual(kFullSpec)
  const sparse: ApplicationSpec[] = [
    { module: { inline: base64OfBytes(kModule) }, target: { all: true } },
    { module: { inline: base64OfBytes(kModule) }, target: { deviceNames: ['d1'] }, config: {}, limits: {}, restart: {}, rollout: { maxUnavailable: 3 } },
    { module: { inline: base64OfBytes(kModule) }, target: { selector: {} }, config: { args: [], env: {} }, permissions: [], rollout: { batches: [], paused: false, approval: 'Automatic' } },
    { module: { inline: base64OfBytes(kModule) }, target: { selector: { matchExpressions: [kNotOld] } }, rollout: { batches: [{ selector: {} }, { count: 1 }, { count: 1 }] } },
  ]
  for (const spec of sparse) expect(applicationOf(draftOf(spec)).spec).toStrictEqual(spec)
})

test('a new module is all that is written when only it changed', () => {
  expect(patchOf(kFullSpec, { module: kOtherModule })).toEqual({ module: { inline: base64OfBytes(kOtherModule) } })
})

test('changed labels keep the expressions beside them', () => {
  const { spec } = applicationOf({ ...draftOf(kFullSpec), labels: ['site=field'] })
  expect(spec.target.selector).toEqual({ matchLabels: { site: 'field' }, matchExpressions: [kNotOld], matchFields: ['x'] })
})

test('another way to choose devices takes the former one out', () => {
  expect(patchOf(kFullSpec, { targetKind: 'names', deviceNames: ['d1'] })).toEqual({ target: { selector: null, deviceNames: ['d1'] } })
  expect(patchOf({ ...kFullSpec, target: { all: true } }, { targetKind: 'selector', labels: ['a=b'] })).toEqual({ target: { all: null, selector: { matchLabels: { a: 'b' } } } })
})

test('a step more keeps the steps that cannot be typed', () => {
  const draft = draftOf(kFullSpec)
  expect(draft.batches).toEqual(['1', 'canary', 'site=lab, tier not in (0, 1)', '10%'])
  const before = kFullSpec.rollout!.batches!
  expect(applicationOf({ ...draft, batches: ['1', '5', ...draft.batches.slice(1)] }).spec.rollout?.batches).toEqual([before[0], { count: 5 }, ...before.slice(1)])
  expect(applicationOf({ ...draft, batches: draft.batches.slice(2) }).spec.rollout).toEqual({ ...kFullSpec.rollout, batches: before.slice(2) })
})

test('without steps the rest of the plan stays', () => {
  const { batches: _, ...rest } = kFullSpec.rollout!
  expect(applicationOf({ ...draftOf(kFullSpec), batches: [] }).spec.rollout).toEqual(rest)
})

test('an emptied field is taken out, its neighbours stay', () => {
  expect(patchOf(kFullSpec, { memory: undefined, maxRestarts: undefined, maxUnavailable: undefined })).toEqual({ limits: { memory: null }, restart: { maxRestarts: null }, rollout: { maxUnavailable: null } })
})

test('the restart policy, the approval and the rollback are changed back to their defaults in words', () => {
  expect(patchOf(kFullSpec, { restart: 'Always', manualApproval: false, autoRollback: true })).toEqual({ restart: { policy: 'Always' }, rollout: { approval: 'Automatic', autoRollback: true } })
})

test('a new application has what was filled in only', () => {
  expect(applicationOf({ ...kEmptyDraft, name: ' a ', module: kModule, labels: ['site=lab'], batches: ['1', '10%'], manualApproval: true, env: ['A=1'] })).toStrictEqual({
    metadata: { name: 'a' },
    spec: { module: { inline: base64OfBytes(kModule) }, target: { selector: { matchLabels: { site: 'lab' } } }, config: { env: { A: '1' } }, rollout: { batches: [{ count: 1 }, { percent: 10 }], approval: 'Manual' } },
  })
})

test('what is kept without being edited is told', () => {
  expect(keptOf(kEmptyDraft)).toBeUndefined()
  expect(keptOf(draftOf(kFullSpec))).toEqual({
    language: 'wasm', target: { selector: { matchExpressions: [kNotOld], matchFields: ['x'] } }, config: { files: { a: 'b' } }, limits: { sockets: 2 },
    restart: { jitter: 0.1 }, suspended: true, rollout: { paused: true, approved: { revision: 'a-1', step: 2 }, window: 'night' }, priority: 7,
  })
  expect(keptOf({ ...draftOf(kFullSpec), targetKind: 'all' })).not.toHaveProperty('target')
  expect(keptOf(draftOf({ module: { inline: 'AGFz' }, target: { all: true }, restart: { policy: 'Always' } }))).toBeUndefined()
})

test('steps are read back from their text', () => {
  for (const batch of [{ count: 3 }, { percent: 100 }, { selector: { matchLabels: { canary: 'true' } } }]) expect(batchesOf([batchText(batch)])).toEqual([batch])
  expect(batchesOf(['0', '101%', 'two words', '', 'a=b,c='])).toEqual([undefined, undefined, undefined, undefined, { selector: { matchLabels: { a: 'b', c: '' } } }])
})
