import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** What must stay unseen, each a text that nothing else holds; tokens join it as they are issued. */
export function createCanaries() {
  const make = (what: string) => `canary-${what}-${randomBytes(9).toString('hex')}`
  const named = {
    password: make('password'),
    refresh: make('refresh'),
    cookie: make('cookie'),
    key: make('idempotency-key'),
    query: make('query'),
    token: make('token'),
    mistaken: make('typed-as-username')
  }
  return { ...named, all: Object.values(named) }
}

export type Canaries = ReturnType<typeof createCanaries>

/** One request of any kind. */
export interface Ask {
  method: string
  path: string
  token?: string | undefined
  headers?: Record<string, string>
  body?: unknown
}

export interface Told {
  what: string
  status: number
  /** Status line, headers and body, as text. */
  text: string
}

/** Sends requests and keeps what was answered; streams are read as far as their head. */
export function createClient(port: number, canaries: Canaries) {
  const told: Told[] = []
  const origin = `http://127.0.0.1:${port}`

  async function ask({ method, path, token, headers = {}, body }: Ask): Promise<Told> {
    const response = await fetch(origin + path, {
      method,
      redirect: 'manual',
      headers: {
        cookie: `session=${canaries.cookie}`,
        'idempotency-key': canaries.key,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    const isStream = response.headers.get('content-type') === 'text/event-stream'
    const content = isStream ? '' : await response.text()
    if (isStream) await response.body?.cancel()
    const head = [...response.headers].map((field) => field.join(': '))
    const answer = { what: `${method} ${path}`, status: response.status }
    told.push({ ...answer, text: [...head, content].join('\n') })
    return told.at(-1) as Told
  }

  return {
    told,
    ask,
    /** Sends bytes, and gives what comes back before the connection ends; the client ends it after `endMs`. */
    async raw(what: string, lines: string[]) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.end([...lines, '', ''].join('\r\n'))
      const answer = await text(socket)
      told.push({ what, status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]), text: answer })
    },
    /** Logs in with a body, and gives the tokens; they are canaries from then on. */
    async tokens(path: string, body: object) {
      const { status, text } = await ask({ method: 'POST', path, body })
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`)
      told.pop()
      const { access_token, refresh_token } = JSON.parse(text.slice(text.lastIndexOf('\n') + 1))
      canaries.all.push(...access_token.split('.').slice(1), refresh_token)
      return { token: access_token as string, refresh_token: refresh_token as string }
    }
  }
}

export type Client = ReturnType<typeof createClient>
