import { setTimeout as delay } from 'node:timers/promises'

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

interface Options {
  token?: string
  body?: object
  headers?: Record<string, string>
}

export type Client = ReturnType<typeof createClient>

const patienceMs = 120_000
const timeoutMs = 15_000
const pauseMs = 100
/** The system is away, starting or busy: what was asked may have happened or not. */
const passing = [429, 502, 503, 504]

/** Asks until it gets an answer that is not about the system being away; a request may therefore be made twice. */
export function createClient(url: string) {
  let retries = 0

  async function once(method: string, path: string, options: Options): Promise<Answer> {
    const { token, body, headers } = options
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    const { status, headers: answered } = response
    return { status, headers: answered, body: text === '' ? {} : JSON.parse(text) }
  }

  return {
    /** How often something was asked again. */
    retries: () => retries,

    async call(method: string, path: string, options: Options = {}): Promise<Answer> {
      for (const until = Date.now() + patienceMs; ; retries += 1) {
        const answer = await once(method, path, options).catch(() => null)
        if (answer && !passing.includes(answer.status)) return answer
        const told = answer ? `${answer.status} ${JSON.stringify(answer.body)}` : 'no answer'
        if (Date.now() > until) throw new Error(`${method} ${path}: ${told} for two minutes.`)
        const seconds = answer?.status === 429 ? Number(answer.headers.get('retry-after')) : 0
        await delay(seconds * 1000 || pauseMs)
      }
    }
  }
}
