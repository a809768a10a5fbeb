import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@gatehouse/service-kit/testing'
import { startGateway } from '../harness/gateway.ts'
import { quietPort } from '../harness/quiet-port.ts'
import { request } from '../harness/request.ts'
import { goodClaims, mintToken } from '../harness/token.ts'
import { ok, startUpstream, type Upstream } from '../harness/upstream.ts'

type Context = Parameters<typeof startUpstream>[0] & Parameters<typeof startGateway>[0]

const json = 'content-type: application/json'
const session = goodClaims().sid
const own = `authorization: Bearer ${mintToken()}`
const idOf = (index: number) => `01900000-0000-7000-9000-${String(index).padStart(12, '0')}`

function tableOf(url: string) {
  return `
services: { users: { url: "${url}", health: /ready, sessions: /ended } }
routes:
  GET    /open:      { to: users, allow: public }
  GET    /mine:      { to: users, allow: user }
  GET    /list:      { to: users, path: /lists/$user.session, allow: user }
  DELETE /users/:id: { to: users, allow: user, revoke: any }
  POST   /refresh:   { to: users, allow: public, issue: token, revoke: any }
`
}

/** A feed as the users service has it: of `ended`, 1000 a page; `since` is a time or how many are known. */
function serveFeed(upstream: Upstream, ended: string[]) {
  upstream.answer('/ended', ({ target }) => {
    const since = new URLSearchParams(target.split('?')[1]).get('since') ?? ''
    const from = since.includes('T') ? 0 : Number(since)
    const page = ended.slice(from, from + 1000).map((session_id) => ({ session_id }))
    return ok(JSON.stringify({ ended: page, next: `${from + page.length}` }), json)
  })
}

async function startBoth(t: Context, ended: string[] = []) {
  const upstream = await startUpstream(t)
  serveFeed(upstream, ended)
  const gateway = await startGateway(t, tableOf(upstream.url))
  const ask = async (path: string, headers = [own], method = 'GET') =>
    request(t, gateway.port, path, { headers, method })
  return { upstream, gateway, ended, ask }
}

test('B22 refuses within a second the session that a feed tells of, however its token is spelt', async (t) => {
  const { ended, ask } = await startBoth(t)
  assert.equal((await ask('/mine')).status, 200)
  const other = `authorization: Bearer ${mintToken({ claims: { jti: 'another' } })}`

  ended.push(session)
  const told = performance.now()
  let ms = 0
  await until(async () => {
    const asked = performance.now() - told
    if ((await ask('/mine')).status !== 200) return true
    ms = asked
    return false
  }, 'the end of the session')

  assert.ok(ms < 1000, `let in for ${ms} ms`)
  assert.equal((await ask('/mine', [other])).status, 401)
})

test('B11 knows a hundred thousand sessions that ended before it started, and asks for no older ones', async (t) => {
  const all = Array.from({ length: 100_000 }, (_, index) => idOf(index))
  const { upstream, ask } = await startBoth(t, all)

  const tokenOf = (sid: string) => [`authorization: Bearer ${mintToken({ claims: { sid } })}`]
  for (const index of [0, 999, 1000, 55_555, 99_999])
    assert.equal((await ask('/mine', tokenOf(idOf(index)))).status, 401, `${index}`)
  assert.equal((await ask('/mine', tokenOf(idOf(100_000)))).status, 200)
  const [first] = upstream.requests('/ended')
  const since = Date.parse(new URLSearchParams(first?.target.split('?')[1]).get('since') ?? '')
  const minutes = (Date.now() - since) / 60_000
  assert.ok(minutes > 15 && minutes < 18, `asked for ${minutes} minutes`)
})

test('B23 lets nobody in while it cannot know who was logged out, and is not ready', async (t) => {
  const port = await quietPort()
  const gateway = await startGateway(t, tableOf(`http://127.0.0.1:${port}`))
  const ask = async (path: string, headers: string[] = []) =>
    request(t, gateway.port, path, { headers })

  const away = await ask('/mine', [own])
  const forged = await ask('/mine', ['authorization: Bearer forged'])
  const anonymous = await ask('/mine')
  const open = await ask('/open')
  const ready = await ask('/health/ready')

  assert.equal(away.status, 503)
  assert.equal(away.json().type, '/problems/sessions-unknown')
  assert.match(away.header('retry-after') ?? '', /^[1-9]\d*$/)
  assert.equal(forged.status, 401)
  assert.equal(anonymous.status, 401)
  assert.equal(open.status, 502)
  assert.equal(ready.status, 503)
})

test('B23 goes on with what it knows while the feed is away, and catches up after it', async (t) => {
  const { upstream, ended, ask } = await startBoth(t, [idOf(1)])
  const known = [`authorization: Bearer ${mintToken({ claims: { sid: idOf(1) } })}`]
  upstream.answer('/ended', () => ok('down', json).replace('200 OK', '503 Service Unavailable'))
  const before = upstream.requests('/ended').length
  await upstream.saw('/ended', () => upstream.requests('/ended').length >= before + 2)

  const during = [(await ask('/mine')).status, (await ask('/mine', known)).status]
  ended.push(session)
  serveFeed(upstream, ended)
  await upstream.saw('/ended', ({ target }) => target.endsWith('since=1'))
  await until(async () => (await ask('/mine')).status !== 200, 'the end of the session')

  assert.deepEqual(during, [200, 401])
})

test('B11 refuses the very next request of a session that a request has ended', async (t) => {
  const { upstream, ended, ask } = await startBoth(t)
  upstream.answer('/users/1', () => {
    ended.push(session)
    return ok('done', json)
  })

  const answer = await ask('/users/1', [own], 'DELETE')
  const next = await ask('/mine')

  assert.equal(answer.status, 200)
  assert.equal(answer.body.toString(), 'done')
  assert.equal(next.status, 401)
})

test('leaves the connection of an answer that had to wait to the next request', async (t) => {
  const { upstream, ask } = await startBoth(t)
  upstream.answer('/users/3', () => ok('done', json))

  const statuses: number[] = []
  for (let index = 0; index < 5; index += 1) {
    const both = [ask('/users/3', [own], 'DELETE'), ask('/open'), ask('/mine')]
    statuses.push(...(await Promise.all(both)).map(({ status }) => status))
    statuses.push((await ask('/mine')).status)
  }

  assert.deepEqual(new Set(statuses), new Set([200]))
})

test('B14 refuses the very next request of a session whose refresh token came twice', async (t) => {
  const { upstream, ended, ask } = await startBoth(t)
  const problem = '{"type":"/problems/invalid-refresh-token","status":401}'
  upstream.answer('/refresh', () => {
    ended.push(session)
    return ok(problem, 'content-type: application/problem+json').replace(
      '200 OK',
      '401 Unauthorized'
    )
  })

  const answer = await ask('/refresh', [], 'POST')
  const next = await ask('/mine')

  assert.equal(answer.status, 401)
  assert.equal(answer.body.toString(), problem)
  assert.equal(next.status, 401)
})

test('answers a request that may have ended a session within two seconds, whatever the feed does', async (t) => {
  const { upstream, ask } = await startBoth(t)
  upstream.answer('/ended', () => null)
  upstream.answer('/users/2', () => 'HTTP/1.1 204 No Content\r\n\r\n')

  const started = performance.now()
  const answer = await ask('/users/2', [own], 'DELETE')

  assert.equal(answer.status, 204)
  assert.ok(performance.now() - started < 2000)
})

test('F62 refers to the path that was asked for where the line replaces it', async (t) => {
  const { upstream, ask } = await startBoth(t)
  const path = `/lists/${session}`
  upstream.answer(path, () =>
    ok('[]', json, `link: <${path}?cursor=x>; rel="next", <${path}s>; rel=up`)
  )

  const answer = await ask('/list?limit=1')

  assert.equal(answer.status, 200)
  assert.equal(answer.header('link'), `</list?cursor=x>; rel="next", <${path}s>; rel=up`)
})

test('G18 reads revoked sessions on connections that no check of readiness uses', async (t) => {
  const { upstream, gateway } = await startBoth(t)
  upstream.answer('/ready', () => ok())
  upstream.answer('/openapi.json', () => ok('{}', json))
  for (let times = 0; times < 20; times += 1) await request(t, gateway.port, '/health/ready')
  await upstream.saw('/ended', () => upstream.requests('/ended').length > 2)

  const connectionsOf = (path: string) =>
    new Set(upstream.requests(path).map(({ connection }) => connection))

  assert.equal(upstream.requests('/ready').length > 0, true)
  assert.deepEqual([...connectionsOf('/ended').intersection(connectionsOf('/ready'))], [])
})
