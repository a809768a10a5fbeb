import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { createVerifier } from '@gatehouse/service-kit'
import { internalSecret, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { bearer } from '../harness/token.ts'
import { ok, type Seen, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services:
  first: { url: "${upstream.url}", health: /health/ready }
  second: { url: "${upstream.url}", health: /second/ready }
routes:
  GET /open: { to: first, allow: public }
  GET /mine: { to: first, allow: user }
  POST /log-in: { to: first, allow: public, issue: token }
  GET /events: { to: first, allow: public, stream: sse }
  GET /passwords: { to: first, allow: public }
`
const refusal =
  'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: request-signature\r\n' +
  'content-type: application/problem+json\r\ncontent-length: 2\r\n\r\n{}'

for (const path of ['/open', '/mine', '/log-in', '/events']) upstream.answer(path, () => refusal)

test('A13 a service that refuses the signature is 502, never a 401 of the client', async (t: TestContext) => {
  const gateway = await startGateway(t, table)
  const headers = [bearer()]
  const calls = [
    ['/open', {}],
    ['/mine', { headers }],
    ['/log-in', { method: 'POST', body: '{}' }],
    ['/events', {}]
  ] as const

  for (const [path, options] of calls) {
    const answer = await request(t, gateway.port, path, options)

    assert.equal(answer.status, 502, path)
    assert.equal(JSON.parse(String(answer.body)).type, '/problems/upstream-failed')
    assert.deepEqual(answer.all('www-authenticate'), [])
  }
})

test("A13 a service's own 401 passes as it is", async (t: TestContext) => {
  upstream.answer(
    '/passwords',
    () =>
      'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm="a"\r\ncontent-length: 0\r\n\r\n'
  )
  const gateway = await startGateway(t, table)

  const answer = await request(t, gateway.port, '/passwords')

  assert.equal(answer.status, 401)
  assert.deepEqual(answer.all('www-authenticate'), ['Basic realm="a"'])
})

test('A17 the gateway is not ready while a service refuses its signature', async (t: TestContext) => {
  const own = 'wF5rT8kX2nB6vJ9cQ3zL7hM1pD4sG0yA'
  const verifiers = new Map([
    ['/health/ready', createVerifier(own)],
    ['/second/ready', createVerifier(internalSecret)]
  ])
  for (const [path, verify] of verifiers)
    upstream.answer(path, (seen: Seen) => {
      const [signature = ''] = seen.all('request-signature')
      return verify({ id: '', type: '' }, signature) ? ok() : refusal
    })
  const readiness = async (env: Record<string, string>) => {
    const gateway = await startGateway(t, table, env)
    const { status, body } = await request(t, gateway.port, '/health/ready')
    return { status, ...JSON.parse(String(body)).checks, log: gateway.log }
  }

  const believed = await readiness({ INTERNAL_SECRET_FIRST: own })
  const refused = await readiness({})

  assert.deepEqual([believed.status, believed.first, believed.second], [200, 'up', 'up'])
  assert.deepEqual([refused.status, refused.first, refused.second], [503, 'down', 'up'])
  const names = ({ msg }: Record<string, unknown>) => /INTERNAL_SECRET_FIRST/.test(String(msg))
  while (!refused.log.some(names)) await new Promise(setImmediate)
  assert.equal(refused.log.filter(names).length, 1)
})
