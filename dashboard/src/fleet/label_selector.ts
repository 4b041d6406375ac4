// Which devices an application's target means, by Kubernetes's rules for label selectors.
import type { ApplicationSpecTarget, ApplicationSpecTargetSelector, ApplicationSpecTargetSelectorMatchExpressions, Device } from '@/api/types.gen'

export function matchesTarget(device: Device, target: ApplicationSpecTarget): boolean {
  if (target.all) return true
  if (target.deviceNames) return target.deviceNames.includes(device.metadata.name)
  if (!target.selector) return false
  const labels = device.metadata.labels ?? {}
  const equal = Object.entries(target.selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return equal && (target.selector.matchExpressions ?? []).every((expression) => matchesExpression(labels, expression))
}

function matchesExpression(labels: Record<string, string>, { key, operator, values = [] }: ApplicationSpecTargetSelectorMatchExpressions): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value)
    case 'NotIn': return value === undefined || !values.includes(value)
    case 'Exists': return value !== undefined
    case 'DoesNotExist': return value === undefined
  }
}

/** A target as people read it. */
export function targetText(target: ApplicationSpecTarget): string {
  if (target.all) return 'every device'
  if (target.deviceNames) return target.deviceNames.length <= 3 ? target.deviceNames.join(', ') : `${target.deviceNames.length} devices by name`
  const labels = Object.entries(target.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (target.selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
    operator === 'Exists' ? key : operator === 'DoesNotExist' ? `!${key}` : `${key} ${operator === 'In' ? 'in' : 'not in'} (${(values ?? []).join(', ')})`,
  )
  const parts = [...labels, ...expressions]
  return parts.length === 0 ? 'every device' : parts.join(', ')
}

const kKey = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?'
const kEqual = new RegExp(`^(${kKey})\\s*==?\\s*([-A-Za-z0-9_.]*)$`)
const kSet = new RegExp(`^(${kKey})\\s+(in|not ?in)\\s*\\(([^()]*)\\)$`)
const kPresence = new RegExp(`^(!?)\\s*(${kKey})$`)

/** A selector as kubectl takes it ("site=lab, tier in (a, b), !retired"), and as targetText writes it; undefined when it is none. */
export function parseSelector(text: string): ApplicationSpecTargetSelector | undefined {
  // Commas within parentheses part values, not requirements.
  const parts = text.split(/,(?![^(]*\))/).map((part) => part.trim())
  const matchLabels: Record<string, string> = {}
  const matchExpressions: ApplicationSpecTargetSelectorMatchExpressions[] = []
  for (const part of parts) {
    const equal = kEqual.exec(part)
    const set = kSet.exec(part)
    const presence = kPresence.exec(part)
    if (equal) matchLabels[equal[1]!] = equal[3]!
    else if (set) matchExpressions.push({ key: set[1]!, operator: set[3] === 'in' ? 'In' : 'NotIn', values: set[4]!.split(',').map((value) => value.trim()) })
    else if (presence) matchExpressions.push({ key: presence[2]!, operator: presence[1] ? 'DoesNotExist' : 'Exists' })
    else return undefined
  }
  return { ...(Object.keys(matchLabels).length > 0 && { matchLabels }), ...(matchExpressions.length > 0 && { matchExpressions }) }
}

/** Labels in use in the fleet, with how many devices have each; most frequent first. */
export function labelsInUse(devices: Device[]): { label: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const device of devices)
    for (const [key, value] of Object.entries(device.metadata.labels ?? {})) counts.set(`${key}=${value}`, (counts.get(`${key}=${value}`) ?? 0) + 1)
  return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count || a.label.localeCompare(b.label))
}
