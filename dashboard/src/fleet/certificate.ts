/** Days before the end of a certificate from which on it is shown. */
const kWarningDays = 30

/** Whether a certificate that ends then (RFC 3339) has to be seen to; `now` in ms since the epoch. */
export function endsSoon(end: string | undefined, now: number): boolean {
  return end !== undefined && Date.parse(end) - now < kWarningDays * 86_400_000
}
