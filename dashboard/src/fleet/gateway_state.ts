import type { Gateway } from '@/api/types.gen'
import { endsSoon } from './certificate'

/** Whether devices without a token may ask to enroll at this time (ms since the epoch). */
export function isPairing(gateway: Gateway, now: number): boolean {
  const until = gateway.spec.pairing?.until
  return until !== undefined && Date.parse(until) > now
}

export function gatewayCertificateEndsSoon(gateway: Gateway, now: number): boolean {
  return endsSoon(gateway.status?.certificate?.notAfter, now)
}
