// Changing the labels of many devices at once.
import type { Device } from '@/api/types.gen'

const kKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const kValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** What is wrong with `key=value`, in words; undefined when nothing is. */
export function labelProblem(text: string): string | undefined {
  const at = text.indexOf('=')
  if (at < 0) return `“${text}” is no label: site=lab`
  if (!kKey.test(text.slice(0, at))) return `“${text.slice(0, at)}” is no key: letters, digits, “-”, “_” and “.”, at most 63, perhaps behind example.com/`
  return kValue.test(text.slice(at + 1)) ? undefined : `“${text.slice(at + 1)}” is no value: letters, digits, “-”, “_” and “.”, at most 63`
}

/** The merge patch that sets `key=value` entries and removes keys; a key that is both is set. */
export function labelPatch(set: string[], remove: string[]): { metadata: { labels: Record<string, string | null> } } {
  const labels: Record<string, string | null> = Object.fromEntries(remove.map((key) => [key, null]))
  for (const entry of set) labels[entry.slice(0, entry.indexOf('='))] = entry.slice(entry.indexOf('=') + 1)
  return { metadata: { labels } }
}

/** Keys that some of them have. */
export function labelKeys(devices: Device[]): string[] {
  return [...new Set(devices.flatMap((device) => Object.keys(device.metadata.labels ?? {})))].sort()
}
