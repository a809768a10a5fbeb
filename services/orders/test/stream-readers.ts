import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import type { startReplica, userOf } from './start-orders.ts'

type App = Awaited<ReturnType<typeof startReplica>>['app']
type User = ReturnType<typeof userOf>

export interface Seen {
  id: number
  order: { id: string; item: string; quantity: number; status: string }
}

/** The value of a field in one block of an event stream. */
const fieldOf = (block: string, name: string) =>
  block
    .split('\n')
    .map((line) => line.split(/: (.*)/))
    .find(([field]) => field === name)?.[1]

function eventIn(block: string): Seen | null {
  if (fieldOf(block, 'event') !== 'order') return null
  return { id: Number(fieldOf(block, 'id')), order: JSON.parse(fieldOf(block, 'data') ?? '') }
}

/** Collects events, and lets a test wait until there are enough. */
function collector() {
  const seen: Seen[] = []
  return {
    seen,
    add(event: Seen | null) {
      if (event) seen.push(event)
    },
    async count(enough: number): Promise<Seen[]> {
      await until(() => seen.length >= enough, `${enough} events`)
      return seen
    }
  }
}

/** Makes `app` listen on a free port; gives its origin. */
export async function originOf(app: App): Promise<string> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** An open event stream of a user. */
export async function openEvents(
  t: TestContext,
  app: App,
  user: User,
  lastEventId?: number | string
) {
  const leaving = new AbortController()
  t.after(() => leaving.abort())
  const known = lastEventId === undefined ? {} : { 'last-event-id': `${lastEventId}` }
  const response = await fetch(`${await originOf(app)}/orders/events`, {
    headers: { ...user.headers, ...known },
    signal: leaving.signal
  })
  const events = collector()
  let ended: 'whole' | 'broken' | null = null
  let lastId: string | undefined
  async function read() {
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      for (const part of parts) {
        lastId = fieldOf(part, 'id') ?? lastId
        events.add(eventIn(part))
      }
    }
    ended = 'whole'
  }
  const end = read().catch(() => {
    ended = 'broken'
  })
  return {
    response,
    ...events,
    /** What an EventSource would come back with. */
    lastId: () => lastId,
    leave: () => leaving.abort(),
    ended: async () => {
      await end
      return ended
    }
  }
}

/** An open WebSocket of a user; rejects where it is refused. */
export async function openLive(t: TestContext, app: App, user: User, query = '') {
  const origin = (await originOf(app)).replace('http', 'ws')
  const socket = new WebSocket(`${origin}/orders/live${query}`, { headers: user.headers })
  t.after(() => socket.close())
  const events = collector()
  socket.addEventListener('message', ({ data: text }) => {
    const { id, data } = JSON.parse(String(text))
    events.add({ id: Number(id), order: data })
  })
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('the WebSocket was refused')))
  })
  return { ...events, closed: async () => closed }
}
