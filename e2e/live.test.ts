import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { newAccount, newOrder } from './accounts.ts'
import { baseUrl } from './base-url.ts'

const url = `${baseUrl.replace(/^http/, 'ws')}/api/orders/live`

/** The messages of a WebSocket as they come; `protocols` bring the token, as a browser must. */
async function openLive(protocols: string[]) {
  const socket = new WebSocket(url, protocols)
  const messages: { id: string; data: { id: string; status: string } }[] = []
  let news = Promise.withResolvers<void>()
  const closed = new Promise<number>((resolve) => {
    socket.addEventListener('close', ({ code }) => {
      resolve(code)
      news.resolve()
    })
  })
  socket.addEventListener('message', ({ data }) => {
    messages.push(JSON.parse(String(data)))
    news.resolve()
    news = Promise.withResolvers()
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('the WebSocket was refused')))
  })
  return {
    socket,
    closed,
    async count(enough: number) {
      const late = delay(20_000, 'late', { ref: false })
      while (messages.length < enough && socket.readyState === WebSocket.OPEN)
        if ((await Promise.race([news.promise, late])) === 'late')
          throw new Error(`${messages.length} messages came in 20 s, not ${enough}.`)
      return messages
    }
  }
}

/** Reads a stream of events until `enough` has come of it. */
async function readEvents(token: string, enough: string, lastEventId: string) {
  const headers = { authorization: `Bearer ${token}`, 'last-event-id': lastEventId }
  const response = await fetch(`${baseUrl}/api/orders/events`, { headers })
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes(enough)) break
  }
  return { response, text }
}

test('F28 an order shows on a WebSocket, opened as a browser does, and among the events', async () => {
  const account = await newAccount()
  const live = await openLive(['bearer', account.token])

  const id = await newOrder(account)
  const cancelled = await account.api.POST('/api/orders/{id}/cancel', { params: { path: { id } } })
  const messages = await live.count(2)
  live.socket.close()
  const { response, text } = await readEvents(account.token, 'id: 2', '1')

  assert.equal(cancelled.response.status, 200)
  assert.equal(live.socket.protocol, 'bearer')
  assert.deepEqual(
    messages.map(({ id, data }) => [id, data.id, data.status]),
    [
      ['1', id, 'placed'],
      ['2', id, 'cancelled']
    ]
  )
  assert.equal(response.status, 200)
  assert.deepEqual(text.match(/^id: .*$/gm), ['id: 1', 'id: 2'])
})

test('E9 HEAD tells what the events would be, and ends', async () => {
  const { token } = await newAccount()
  const headers = { authorization: `Bearer ${token}` }

  const response = await fetch(`${baseUrl}/api/orders/events`, { method: 'HEAD', headers })

  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  assert.equal(response.headers.get('cache-control'), 'no-store')
  assert.equal(await response.text(), '')
})

test('B24 streams end when the session does', async () => {
  const account = await newAccount()
  const live = await openLive(['bearer', account.token])
  const events = await fetch(`${baseUrl}/api/orders/events`, {
    headers: { authorization: `Bearer ${account.token}` }
  })

  const out = await account.api.POST('/api/logout')

  assert.equal(out.response.status, 204)
  assert.equal(await live.closed, 1008)
  assert.equal(await events.text(), 'retry: 1000\nid: 0\n\n')
})

test('F28 nobody opens a WebSocket without a token, or with a bad one', async () => {
  await assert.rejects(openLive([]), /refused/)
  await assert.rejects(openLive(['bearer', 'x.y.z']), /refused/)
})
