// The steps of a rollout plan as the text people type and read: "1", "10%", "site=lab, canary".
import type { ApplicationSpecRolloutBatches } from '@/api/types.gen'
import { parseSelector, targetText } from '@/fleet/label_selector'

export const pairs = (entries: string[]) => Object.fromEntries(entries.map((entry) => {
  const at = entry.indexOf('=')
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}))

export function batchText(batch: ApplicationSpecRolloutBatches): string {
  if (batch.count !== undefined) return String(batch.count)
  if (batch.percent !== undefined) return `${batch.percent}%`
  return targetText({ selector: batch.selector ?? {} })
}

/** A step as people type it; undefined when it is none. */
export function parseBatch(text: string): ApplicationSpecRolloutBatches | undefined {
  const word = text.trim()
  if (/^[1-9]\d{0,5}$/.test(word)) return { count: Number(word) }
  const percent = /^(\d{1,3})\s*%$/.exec(word)
  if (percent) return Number(percent[1]) >= 1 && Number(percent[1]) <= 100 ? { percent: Number(percent[1]) } : undefined
  if (/^[\d.%\s]+$/.test(word)) return undefined // a number that is out of range, not a label
  const selector = parseSelector(word)
  return selector && { selector }
}

/** The steps that texts mean. One that reads as a step of `before` is that very step: it may say more than can be typed (matchExpressions). */
export function batchesOf(texts: string[], before: ApplicationSpecRolloutBatches[] = []): (ApplicationSpecRolloutBatches | undefined)[] {
  return texts.map((text, index) => [before[index], ...before].find((batch) => batch && batchText(batch) === text) ?? parseBatch(text))
}
