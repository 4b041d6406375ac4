/** The next `count` names `prefix-N` that are not taken, the lowest numbers first. */
export function nextNames(prefix: string, count: number, taken: ReadonlySet<string>): string[] {
  const names: string[] = []
  for (let number = 1; names.length < count; number++) {
    const name = `${prefix}-${number}`
    if (!taken.has(name)) names.push(name)
  }
  return names
}
