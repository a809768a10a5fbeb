import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createRefusals } from '../src/audit-log.ts'
import { createForwarded } from '../src/checks/client-address.ts'
import { createCors, createPreflight } from '../src/checks/cors.ts'
import { createLimiter } from '../src/checks/rate-limit.ts'
import { createAdmission, createEdge } from '../src/pipeline.ts'
import { parseTable } from '../src/route-table/load.ts'
import { matcherOf } from '../src/route-table/router.ts'
import { EdgeResponse } from '../src/server/response.ts'
import { connectRaw } from './harness/raw-client.ts'
import { requestBytes } from './harness/request.ts'

const table = parseTable(
  `
services: { echo: { url: "http://127.0.0.1:9" } }
routes: { GET /broken: { to: echo, allow: public } }
`,
  'gateway.yml',
  {}
)

/** The edge with a step in it that has a bug, before a server of its own. */
function edgeWithBug(bug: Error, log: Parameters<typeof createEdge>[0]['log']) {
  const matcher = matcherOf(table)
  const cors = createCors(null)
  const identify = () => {
    throw bug
  }
  const admission = createAdmission({
    matcher,
    forwarded: createForwarded(''),
    auth: { identify, authorize() {} } as never,
    limit: createLimiter(),
    cors,
    lifecycle: { draining: false }
  })
  const refusals = createRefusals({ level: 'silent' } as never)
  const done = () => {}
  const forward = () => assert.fail('nothing is to be forwarded')
  return createEdge({
    admission,
    preflight: createPreflight(cors, matcher),
    forward,
    refusals,
    done,
    log
  })
}

test('K16 answers a bare 500 where the edge itself has a bug, and serves what comes next', async (t) => {
  const bug = new TypeError('cannot read 10.0.0.7 of secret')
  const told: unknown[] = []
  const edge = edgeWithBug(bug, { error: (fields: unknown) => told.push(fields) } as never)
  const server = createServer({ ServerResponse: EdgeResponse }, (request, response) =>
    edge(request, response, (_, own) => own.end('own'))
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const client = await connectRaw(t, port, { methods: ['GET', 'GET'] })

  client.send(requestBytes('/broken', { headers: ['request-id: r-1'] }))
  const broken = await client.answer()
  client.send(requestBytes('/other'))
  const next = await client.answer()
  client.socket.destroy()

  assert.equal(broken.status, 500)
  assert.equal(broken.header('content-type'), 'application/problem+json')
  assert.equal(broken.json().request_id, 'r-1')
  assert.doesNotMatch(broken.body.toString(), /10\.0|secret|TypeError| at /)
  assert.deepEqual(told, [{ err: bug, request_id: 'r-1' }])
  assert.equal(next.body.toString(), 'own')
})
