// JSON merge patches (RFC 7386) for free-form values: a plain patch would keep the fields that the new value has no more.

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const equal = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** The patch that makes `after` out of `before`: fields that are gone become null, at every depth; what did not change is left out. */
export function replacementPatch(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after
  const patch: Fields = {}
  for (const key of Object.keys(before)) if (!(key in after) && before[key] !== undefined) patch[key] = null
  for (const [key, value] of Object.entries(after)) if (!equal(before[key], value)) patch[key] = replacementPatch(before[key], value)
  return patch
}
