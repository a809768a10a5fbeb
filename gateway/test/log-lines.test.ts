import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { spawnGateway, textOf, writeTable } from './harness/gateway.ts'
import { quietPort } from './harness/quiet-port.ts'
import { startUpstream } from './harness/upstream.ts'

/** Starts a gateway, and gives what it has logged; it is killed when the test ends. */
async function start(t: TestContext, url: string, env: Record<string, string> = {}) {
  const table = `
services:
  users: { url: "${url}", health: /ready, sessions: /ended, openapi: /openapi.json }
routes:
  GET /public/x: { to: users, allow: public }
`
  const child = spawnGateway(await writeTable(t, table), env)
  t.after(() => child.kill('SIGKILL'))
  const log = textOf(child.stdout)
  async function logged(part: string) {
    while (!log().includes(part)) await once(child.stdout, 'data', { signal: t.signal })
  }
  return { log, logged }
}

test('no line of the log has two members of one name, while a service is away', async (t) => {
  const gateway = await start(t, `http://127.0.0.1:${await quietPort()}`)

  await gateway.logged('cannot read revoked sessions')
  await gateway.logged('documentation: ')
  const lines = gateway.log().split('\n').filter(Boolean)

  for (const line of lines) {
    // Of two members of one name, JSON.parse gives the last.
    t.assert.equal(JSON.stringify(JSON.parse(line)), line)
    t.assert.doesNotMatch(line, /"stack"/)
    t.assert.equal(JSON.parse(line).service, 'gateway')
  }
})

test('the log says where the system is found once its services are ready, and not before', async (t) => {
  const upstream = await startUpstream(t)
  const json = (body: string) =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const { promise: askedTwice, resolve } = Promise.withResolvers<void>()
  let ready = false
  let asked = 0
  upstream.answer('/ended', () => json('{"ended":[],"next":"1"}'))
  upstream.answer('/ready', () => {
    asked += 1
    if (asked === 2) resolve()
    return ready ? json('{}') : 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'
  })
  const gateway = await start(t, upstream.url, { PUBLIC_URL: 'https://shop.example' })

  await askedTwice
  const before = gateway.log()
  ready = true
  await gateway.logged('Gatehouse is ready: https://shop.example')

  t.assert.doesNotMatch(before, /is ready/)
})
