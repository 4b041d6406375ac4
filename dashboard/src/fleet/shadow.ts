// What a device was told to have and what it says it has, in one shape, so that they can be compared line by line.
import type { DeviceStatusApplications } from '@/api/types.gen'

/** Out of the gateway's answer to `GET .../devices/D/state`. */
export interface ShadowSource {
  desired?: { generation: number; apps: { name: string; uid: string; manifestSha256: string; run: boolean }[] }
  reportedGeneration?: number
  apps?: DeviceStatusApplications[]
}

export interface Shadow {
  generation: number
  apps: Record<string, { manifest: string; runs: boolean }>
}

/** States in which a device does not run an app because it was told not to. */
const kNotRun = ['Stopped']
/** Digits of a digest that tell revisions apart. */
const kDigits = 16

const ordered = (apps: [string, { manifest: string; runs: boolean }][]) => Object.fromEntries(apps.sort(([a], [b]) => (a < b ? -1 : 1)))

export function desiredShadow({ desired }: ShadowSource): Shadow | undefined {
  return desired && { generation: desired.generation, apps: ordered(desired.apps.map((app) => [app.name || app.uid, { manifest: app.manifestSha256.slice(0, kDigits), runs: app.run }])) }
}

/** An app that ended, failed or waits for its next start does what it was told: `state` says how that went. */
export function reportedShadow({ reportedGeneration, apps }: ShadowSource): Shadow | undefined {
  if (reportedGeneration === undefined || apps === undefined) return undefined
  return { generation: reportedGeneration, apps: ordered(apps.map((app) => [app.name || app.uid, { manifest: (app.manifestSha256 ?? '').slice(0, kDigits), runs: !kNotRun.includes(app.state ?? '') }])) }
}

export const shadowText = (shadow: Shadow) => JSON.stringify(shadow, null, 2)
