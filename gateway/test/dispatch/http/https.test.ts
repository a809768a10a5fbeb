import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { request } from '../../harness/request.ts'
import { isSigned } from '../../harness/signature.ts'
import { startTlsUpstream } from '../../harness/tls-upstream.ts'
import { ada, bearer } from '../../harness/token.ts'
import { startTrusting } from '../../harness/trusting.ts'

/** What the upstream was asked, as it tells. */
interface Told {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

const upstream = await startTlsUpstream({ after }, async (request, response) => {
  const { method, url, headers } = request
  if (url === '/odd') return response.socket?.end('HTTP/1.1 200 OK\r\nx-odd: a\x01b\r\n\r\n')
  let body = ''
  for await (const bytes of request) body += bytes
  response.setHeader('set-cookie', ['a=1', 'b=2'])
  response.setHeader('server', 'inside')
  response.end(JSON.stringify({ method, url, headers, body }))
})
const table = `
services: { echo: { url: "${upstream.url}", strip: /api } }
routes:
  ANY /api/**:     { to: echo, allow: public, body: 10mb }
  POST /api/small: { to: echo, allow: public, body: 1kb }
  GET /api/mine:   { to: echo, allow: user }
`
const trusting = await startTrusting({ after }, table)
const alone = await startGateway({ after }, table)

type Context = Parameters<typeof request>[0]

async function told(t: Context, path: string, options: Parameters<typeof request>[3] = {}) {
  const answer = await request(t, trusting.port, path, options)
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('set-cookie'), ['a=1', 'b=2'])
  assert.equal(answer.header('server'), undefined)
  return answer.json() as unknown as Told
}

test('forwards to an upstream behind TLS', async (t) => {
  const { method, url, headers } = await told(t, '/api/things?a=1', { headers: ['x-mine: é'] })

  assert.deepEqual([method, url], ['GET', '/things?a=1'])
  assert.equal(`https://${headers.host}`, upstream.url)
  assert.equal(headers['x-mine'], 'é')
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
})

test('tells an upstream behind TLS who asks', async (t) => {
  const { headers } = await told(t, '/api/mine', { headers: [bearer(), 'request-user-id: 7'] })

  assert.equal(headers['request-user-id'], ada)
  const seen = { all: (name: string) => [headers[name] ?? ''] }
  assert.ok(isSigned(seen, ada, 'default'))
  assert.equal(headers.authorization, undefined)
})

test('brings bodies whole behind TLS, counted and in chunks', async (t) => {
  const body = 'x'.repeat(300_000)
  const counted = await told(t, '/api/x', { method: 'POST', body })
  const hex = body.length.toString(16)
  const pieces = `${hex}\r\n${body}\r\n0\r\n\r\n`
  const headers = ['transfer-encoding: chunked']
  const chunked = await told(t, '/api/x', { method: 'PUT', headers, body: pieces })

  assert.equal(counted.body, body)
  assert.equal(counted.headers['content-length'], '300000')
  assert.equal(chunked.body, body)
  assert.equal(chunked.headers['transfer-encoding'], 'chunked')
})

test('F42 cuts a body behind TLS off at the first byte over its limit', async (t) => {
  const headers = ['transfer-encoding: chunked']
  const body = `401\r\n${'x'.repeat(0x401)}\r\n0\r\n\r\n`
  const answer = await request(t, trusting.port, '/api/small', { method: 'POST', headers, body })

  assert.equal(answer.status, 413)
  assert.equal(answer.header('content-type'), 'application/problem+json')
})

test('F6 takes an answer from behind TLS that has a control character in a field for none', async (t) => {
  const answer = await request(t, trusting.port, '/api/odd')

  assert.equal(answer.status, 502)
  assert.equal(answer.header('x-odd'), undefined)
})

test('F32 asks nothing of an upstream whose certificate nobody has vouched for', async (t) => {
  const before = upstream.opened.connections
  const answer = await request(t, alone.port, '/api/things')

  assert.equal(answer.status, 502)
  assert.ok(upstream.opened.connections > before)
  assert.doesNotMatch(answer.body.toString(), /certificate|127\.0\.0\.1/)
})
