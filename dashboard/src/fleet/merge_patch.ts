// JSON merge patches (RFC 7386) for free-form values: a plain patch would keep the fields that the new value has no more.

type Fields = Record<string, unknown>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The patch that makes `after` out of `before`: fields that are gone become null, at every depth. */
export function replacementPatch(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after
  const patch: Fields = {}
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null
  for (const [key, value] of Object.entries(after)) patch[key] = replacementPatch(before[key], value)
  return patch
}
