const baseMs = 500

interface Limits {
  capMs: number
  random?: () => number
}

/**
 * How long to wait after `failures` in a row, in ms: twice as long each time, `capMs` at most, and of that a random
 * part between half and all, so that replicas do not come back at the same moment.
 */
export function backoffMs(failures: number, { capMs, random = Math.random }: Limits): number {
  const longest = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 20))
  return Math.round(longest * (0.5 + random() / 2))
}
