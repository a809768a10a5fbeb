import { setTimeout as delay } from 'node:timers/promises'
import { baseUrl } from './base-url.ts'

const timeoutMs = 30_000
const pollMs = 200

/** Says what is not ready, or null where everything is. */
async function unreadiness(): Promise<string | null> {
  try {
    const response = await fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(2000) })
    const { checks } = (await response.json()) as { checks?: Record<string, string> }
    const down = Object.entries(checks ?? {}).filter(([, outcome]) => outcome !== 'up')
    if (response.ok && down.length === 0) return null
    return `${baseUrl} is not ready: ${down.map(([name]) => name).join(', ') || response.status}.`
  } catch {
    return `Nothing answers at ${baseUrl}. Start the system (npm start), or set BASE_URL.`
  }
}

/** Runs once, before all test files: waits until the system is ready. */
export async function globalSetup() {
  let problem = await unreadiness()
  for (const until = Date.now() + timeoutMs; problem !== null && Date.now() < until; ) {
    await delay(pollMs)
    problem = await unreadiness()
  }
  if (problem === null) return
  console.error(problem)
  process.exit(1)
}
