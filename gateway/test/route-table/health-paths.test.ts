import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseTable } from '../../src/route-table/load.ts'
import { runCommand } from '../harness/command.ts'
import { startGateway, writeTable } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { mistakesOf } from '../harness/table.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /**:        { to: echo, allow: public }
  GET /:any/:one: { to: echo, allow: public }
`
const gateway = await startGateway({ after }, table)

for (const [method, path, status] of [
  ['GET', '/health/live', 200],
  ['HEAD', '/health/live', 200],
  ['GET', '/health/ready', 200],
  ['GET', '/health/nothing', 404],
  ['POST', '/health/live', 405]
] as const) {
  test(`A11 the gateway itself answers ${method} ${path} behind a route that takes everything`, async (t) => {
    const answer = await request(t, gateway.port, path, { method })

    assert.equal(answer.status, status)
    assert.equal(upstream.requests(path).length, 0)
  })
}

test('a route that takes everything takes what only looks like a health check', async (t) => {
  for (const path of ['/health', '/healthy/live', '/api/health/live'])
    assert.equal((await request(t, gateway.port, path)).status, 200)

  assert.deepEqual(
    upstream.seen.map(({ target }) => target),
    ['/health', '/healthy/live', '/api/health/live']
  )
})

test('the loader says which routes do not take the health checks', async (t) => {
  const { notices } = parseTable(table, 'gateway.yml', {})
  const { out } = await runCommand(['check', await writeTable(t, table)])

  assert.equal(notices.length, 2)
  assert.match(notices[0] ?? '', /^gateway\.yml:4 ANY \/\*\*: .*\/health\/\*/)
  for (const notice of notices) assert.ok(out.includes(notice.replace('gateway.yml', '')), out)
  assert.equal(gateway.log.filter(({ msg }) => /\/health\/\*/.test(String(msg))).length, 2)
})

test('the loader refuses a route of its own below /health/', () => {
  const own = table.replace('GET /:any/:one:', 'GET /health/deep:')

  assert.match(mistakesOf(own)[0] ?? '', /GET \/health\/deep: the gateway itself answers this path/)
})
