import type { Device } from '@/api/types.gen'

/** Runs at most this many requests at once: a fleet is changed without flooding the API server. */
const kParallel = 8
/** More failures than these are counted, not listed. */
const kFailuresListed = 3

/** Does something to each device; throws with the reasons of those that failed. */
export async function runOnAll(run: (device: Device) => Promise<unknown>, devices: Device[]): Promise<void> {
  const waiting = [...devices]
  const failures: string[] = []
  const worker = async () => {
    for (let device = waiting.shift(); device; device = waiting.shift()) {
      try {
        await run(device)
      } catch (error) {
        failures.push(`${device.metadata.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(kParallel, devices.length) }, worker))
  if (failures.length === 0) return
  const more = failures.length > kFailuresListed ? ` (and ${failures.length - kFailuresListed} more)` : ''
  throw new Error(`${failures.length} of ${devices.length} failed. ${failures.slice(0, kFailuresListed).join('; ')}${more}`)
}
