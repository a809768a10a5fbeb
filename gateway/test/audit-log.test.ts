import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startGateway } from './harness/gateway.ts'
import { request } from './harness/request.ts'
import { ada, base64url, bearer, bob, goodClaims, mintToken } from './harness/token.ts'
import { startUpstream } from './harness/upstream.ts'

async function start(t: TestContext) {
  const upstream = await startUpstream(t)
  const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /mine/:id: { to: echo, allow: owner, owner: id }
  GET /few: { to: echo, allow: public, rate: 1/min per ip }
  POST /out: { to: echo, allow: user, revoke: session }
`
  const gateway = await startGateway(t, table)
  const ask = async (path: string, options: Parameters<typeof request>[3] = {}) =>
    (await request(t, gateway.port, path, options)).status
  return { ask, ...gateway }
}

/** The audit lines, once the gateway has closed and logged what it had counted. */
async function audited({ close, log }: Awaited<ReturnType<typeof start>>) {
  await close()
  return log
    .filter((line) => 'audit' in line)
    .map(({ level, time, service, request_id, ...line }) => ({
      named: Boolean(request_id),
      ...line
    }))
}

const line = { named: true, user_id: null, ip: '127.0.0.1', method: 'GET' }
const access = { audit: 'access', result: 'refused', reason: 'not-allowed', msg: 'access refused' }
const token = { audit: 'token', result: 'refused', reason: 'invalid-token', msg: 'token refused' }

test('K22 a 403 is an audit line that names who asked for what, and comes once a minute with a number', async (t) => {
  const gateway = await start(t)
  const headers = [bearer(bob)]

  const statuses = [
    await gateway.ask(`/mine/${ada}`, { headers }),
    await gateway.ask(`/mine/${ada}?again`, { headers }),
    await gateway.ask(`/mine/${ada}`, { headers, method: 'HEAD' }),
    await gateway.ask(`/mine/${ada}`, { headers })
  ]

  assert.deepEqual(statuses, [403, 403, 403, 403])
  const { sid: session_id } = goodClaims()
  const refused = { ...line, ...access, user_id: bob, session_id, route: '/mine/:id' }
  assert.deepEqual(await audited(gateway), [
    refused,
    { ...refused, method: 'HEAD' },
    { ...refused, named: false, again: 2 }
  ])
})

test('K10 a bad token and the token of an ended session are audit lines, a missing token is none', async (t) => {
  const gateway = await start(t)
  const { sid: session_id } = goodClaims()
  const headers = [bearer(ada)]

  const statuses = [
    await gateway.ask(`/mine/${ada}`),
    await gateway.ask(`/mine/${ada}`, { headers: ['authorization: Bearer x.y.z'] }),
    await gateway.ask('/out', { headers, method: 'POST' }),
    await gateway.ask(`/mine/${ada}`, { headers })
  ]

  assert.deepEqual(statuses, [401, 401, 200, 401])
  const route = '/mine/:id'
  assert.deepEqual(await audited(gateway), [
    { ...line, ...token, route },
    { ...line, ...token, reason: 'session-ended', user_id: ada, session_id, route }
  ])
})

test('K10 a client that is throttled is an audit line', async (t) => {
  const gateway = await start(t)

  const statuses = [await gateway.ask('/few'), await gateway.ask('/few'), await gateway.ask('/few')]

  assert.deepEqual(statuses, [200, 429, 429])
  const throttled = { ...line, audit: 'rate', result: 'throttled', reason: 'too-many-requests' }
  const told = { ...throttled, route: '/few', msg: 'rate throttled' }
  assert.deepEqual(await audited(gateway), [told, { ...told, named: false, again: 1 }])
})

test('K9 an audit line holds nothing of a token, not even of one that was never signed', async (t) => {
  const gateway = await start(t)
  const canary = 'canary-in-a-token'
  const forged = mintToken({ claims: { sub: canary }, secret: 'x'.repeat(32) })

  const status = await gateway.ask(`/mine/${ada}`, { headers: [`authorization: Bearer ${forged}`] })

  assert.equal(status, 401)
  await audited(gateway)
  const text = JSON.stringify(gateway.log)
  assert.match(text, /token refused/)
  for (const part of [canary, base64url(canary), ...forged.split('.')])
    assert.ok(!text.includes(part), part)
})
