import { setTimeout as delay } from 'node:timers/promises'

/** A running system that can be hurt. */
export interface System extends AsyncDisposable {
  url: string
  /** In the order in which they are killed. */
  victims: { name: string; kill: () => unknown }[]
}

const patienceMs = 120_000
const pollMs = 100

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) })
    const { status } = (await response.json()) as { status?: string }
    return status === 'ready'
  } catch {
    return false
  }
}

/** Resolves when all of the system is ready; throws where it is not for two minutes. */
export async function untilReady(url: string) {
  for (const until = Date.now() + patienceMs; !(await answers(url)); await delay(pollMs))
    if (Date.now() > until) throw new Error(`${url} has not recovered for two minutes.`)
}
