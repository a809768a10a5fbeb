import { setTimeout as delay } from 'node:timers/promises'

interface Limits {
  /** How long to wait; by default long enough for a busy machine, and shorter than what the runner gives a test. */
  limitMs?: number
  /** For how long to ask nothing after each time. */
  pauseMs?: number
}

type Falsy = false | 0 | '' | null | undefined

/**
 * Asks `condition` again until it gives something true, and gives that.
 * @param what what is waited for, as the error names it: "the order to be placed"
 * @throws an error that names `what` when it has not come in time; and whatever `condition` throws, at once
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  { limitMs = 20_000, pauseMs = 5 }: Limits = {}
): Promise<Exclude<T, Falsy>> {
  const end = performance.now() + limitMs
  for (;;) {
    const given = await condition()
    if (given) return given as Exclude<T, Falsy>
    if (performance.now() > end) throw new Error(`Waited ${limitMs} ms in vain for ${what}.`)
    await delay(pauseMs)
  }
}
