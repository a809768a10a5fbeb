import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { ada, bearer, bob } from '../harness/token.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const [first, second] = [await startUpstream({ after }), await startUpstream({ after })]
const gateway = await startGateway(
  { after },
  `
services:
  first:  { url: "${first.url}", strip: /api }
  second: { url: "${second.url}" }
aliases: { /api/v1: /api }
routes:
  ANY    /tree/**:            { to: second, path: /wildcard, allow: public }
  GET    /tree/:id:           { to: second, path: /parameter, allow: public }
  GET    /tree/leaf:          { to: second, path: /static, allow: public }
  GET    /tree/:id/deep:      { to: second, path: /parameter-deep, allow: public }
  GET    /tree/leaf/**:       { to: second, path: /static-wildcard, allow: public }
  GET    /any/one:            { to: second, path: /get, allow: public }
  ANY    /any/one:            { to: second, path: /any, allow: public }
  GET    /only/get:           { to: second, allow: public }
  PUT    /only/get:           { to: second, allow: public }
  DELETE /only/delete:        { to: second, allow: public }
  GET    /api/things:         { to: first, allow: public }
  ANY    /api/things/**:      { to: first, allow: public }
  GET    /api/v2:             { to: first, allow: public }
  GET    /plain/**:           { to: second, allow: public }
  GET    /mine:               { to: second, path: /users/$user.id, allow: user }
  GET    /renamed/:id/as/:of: { to: second, path: "/new/:of/:id", allow: public }
  GET    /owned/:id:          { to: second, allow: [admin, owner], owner: id }
  GET    /admins:             { to: second, allow: admin }
`
)

async function routed(t: Parameters<typeof request>[0], path: string, method = 'GET') {
  const before = second.seen.length
  const answer = await request(t, gateway.port, path, { method })
  assert.equal(answer.status, 200, `${method} ${path}`)
  return second.seen[before]?.target
}

const specific: [string, string, string][] = [
  ['GET', '/tree/leaf', '/static'],
  ['GET', '/tree/other', '/parameter'],
  ['POST', '/tree/other', '/wildcard'],
  ['GET', '/tree/other/deep', '/parameter-deep'],
  ['GET', '/tree/other/deeper', '/wildcard'],
  ['GET', '/tree/leaf/x', '/static-wildcard'],
  ['GET', '/tree/leaf/deep', '/static-wildcard'],
  ['GET', '/tree/leaf/x/y/z', '/static-wildcard'],
  ['GET', '/any/one', '/get'],
  ['POST', '/any/one', '/any'],
  ['PURGE', '/any/one', '/any']
]
for (const [method, path, target] of specific) {
  test(`leads ${method} ${path} to the most specific line, whatever their order`, async (t) => {
    assert.equal(await routed(t, path, method), target)
  })
}

test('answers HEAD like GET', async (t) => {
  assert.equal(await routed(t, '/only/get', 'HEAD'), '/only/get')
  assert.equal(second.seen.at(-1)?.method, 'HEAD')
})

for (const path of ['/', '/nothing', '/only', '/only/get/', '/Only/get', '/any', '/apix/things']) {
  if (path === '/') continue
  test(`answers 404 to ${path}, which no line names`, async (t) => {
    const before = second.seen.length + first.seen.length

    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 404)
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.equal(second.seen.length + first.seen.length, before)
  })
}

test('E11 answers 405 and the methods that a path has', async (t) => {
  const post = await request(t, gateway.port, '/only/get', { method: 'POST' })
  const get = await request(t, gateway.port, '/only/delete')

  assert.equal(post.status, 405)
  const allowed = (post.header('allow') ?? '').split(/, */).sort()
  assert.deepEqual(
    allowed.filter((name) => name !== 'OPTIONS'),
    ['GET', 'HEAD', 'PUT']
  )
  assert.equal(get.status, 405)
  assert.match(get.header('allow') ?? '', /^DELETE(, OPTIONS)?$/)
  assert.equal(second.requests('/only/delete').length, 0)
})

const same = [
  '/plain/a',
  '/plain/a/',
  '/plain/A.b-c_d~e',
  "/plain/a!$&'()*+,=:@b",
  '/plain/%20%C3%A9',
  '/plain/a%20b?q=%20&r=a+b&s=/../x&t=%2F',
  '/plain/a?',
  '/plain/a??b',
  '/plain/a?x=1&x=2&=&',
  '/plain/a?q=http://other/%2e%2e'
]
for (const path of same) {
  test(`F13 forwards ${path} byte for byte`, async (t) => {
    assert.equal(await routed(t, path), path)
  })
}

test('drops the prefix that the service strips, and nothing else', async (t) => {
  const paths = ['/api/things', '/api/things?api=/api', '/api/things/api/x', '/api/things/a%20b?q']

  for (const path of paths) {
    const before = first.seen.length
    const answer = await request(t, gateway.port, path)

    assert.equal(answer.status, 200, path)
    assert.equal(first.seen[before]?.target, path.slice('/api'.length))
  }
})

test('treats /api/v1 as /api', async (t) => {
  for (const path of ['/things', '/things/x/y?z', '/v2']) {
    const before = first.seen.length
    const answer = await request(t, gateway.port, `/api/v1${path}`)

    assert.equal(answer.status, 200, path)
    assert.equal(first.seen[before]?.target, path)
  }
  assert.equal((await request(t, gateway.port, '/api/v1things')).status, 404)
  assert.equal((await request(t, gateway.port, '/api/v1/v1/things')).status, 404)
})

test('F16 sends the host of the upstream, whatever the client calls us', async (t) => {
  const answer = await request(t, gateway.port, '/plain/host', { headers: ['x-a: 1'] })

  assert.equal(answer.status, 200)
  assert.deepEqual(second.requests('/plain/host')[0]?.all('host'), [`127.0.0.1:${second.port}`])
})

test('fills the path of a line with parameters and keeps the query', async (t) => {
  assert.equal(await routed(t, '/renamed/1/as/2?q=%20'), '/new/2/1?q=%20')
  assert.equal(await routed(t, '/renamed/a%20b/as/c'), '/new/c/a%20b')
})

test('fills $user.id into the path of a line, encoded', async (t) => {
  const plain = await request(t, gateway.port, '/mine?x=1', { headers: [bearer()] })
  const odd = await request(t, gateway.port, '/mine', { headers: [bearer('../a?b#c/d')] })

  assert.equal(plain.status, 200)
  assert.equal(second.requests(`/users/${ada}`)[0]?.target, `/users/${ada}?x=1`)
  assert.ok([200, 401].includes(odd.status), `status ${odd.status}`)
  const wild = second.seen.filter(({ target }) => target.startsWith('/users/..'))
  for (const { target } of wild) assert.equal(target, '/users/..%2Fa%3Fb%23c%2Fd')
})

test('lets the owner and the admin pass where the line says so, and nobody else', async (t) => {
  const ask = (path: string, ...headers: string[]) =>
    request(t, gateway.port, path, { headers }).then(({ status }) => status)

  assert.equal(await ask(`/owned/${ada}`, bearer(ada)), 200)
  assert.equal(await ask(`/owned/${ada}`, bearer(bob, 'admin')), 200)
  assert.equal(await ask(`/owned/${ada}`, bearer(bob)), 403)
  assert.equal(await ask(`/owned/${ada.toUpperCase()}`, bearer(ada)), 403)
  assert.equal(await ask(`/owned/${ada}`), 401)
  assert.equal(second.requests(`/owned/${ada}`).length, 2)
})

test('answers 403 where the user type may not, before the upstream hears of it', async (t) => {
  const refused = await request(t, gateway.port, '/admins', { headers: [bearer(ada)] })
  const owner = await request(t, gateway.port, '/admins', { headers: [bearer(ada, 'owner')] })
  const allowed = await request(t, gateway.port, '/admins', { headers: [bearer(ada, 'admin')] })

  assert.equal(refused.status, 403)
  assert.equal(refused.header('content-type'), 'application/problem+json')
  assert.equal(owner.status, 401)
  assert.equal(allowed.status, 200)
  assert.equal(second.requests('/admins').length, 1)
})

test('does not take a token of the type owner for the owner', async (t) => {
  const answer = await request(t, gateway.port, `/owned/${bob}x`, {
    headers: [bearer(ada, 'owner')]
  })

  assert.equal(answer.status, 401)
})

test('F33 passes a redirect of an upstream and never follows it', async (t) => {
  second.answer('/plain/moved', () =>
    ok('', 'location: /plain/elsewhere').replace('200 OK', '302 Found')
  )

  const answer = await request(t, gateway.port, '/plain/moved')

  assert.equal(answer.status, 302)
  assert.equal(answer.header('location'), '/plain/elsewhere')
  assert.equal(second.requests('/plain/elsewhere').length, 0)
})
