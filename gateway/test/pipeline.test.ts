import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createRefusals } from '../src/audit-log.ts'
import { createForwarded } from '../src/checks/client-address.ts'
import { createCors, createPreflight } from '../src/checks/cors.ts'
import { createLimiter } from '../src/checks/rate-limit.ts'
import { createPipeline } from '../src/pipeline.ts'
import { parseTable } from '../src/route-table/load.ts'
import { matcherOf } from '../src/route-table/router.ts'
import { GatewayResponse } from '../src/server/response.ts'
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

/** The pipeline with a step in it that has a bug. */
function pipelineWithBug(bug: Error, log: Parameters<typeof createPipeline>[0]['log']) {
  const router = matcherOf(table)
  const cors = createCors(null)
  return createPipeline({
    router,
    clientAddress: createForwarded(''),
    authenticate: () => {
      throw bug
    },
    limit: createLimiter(),
    cors,
    preflight: createPreflight(cors, router),
    dispatch: () => assert.fail('nothing is to be forwarded'),
    refusals: createRefusals({ level: 'silent' } as never),
    lifecycle: { draining: false },
    done: () => {},
    log
  })
}

test('K16 answers a bare 500 where the pipeline itself has a bug, and serves what comes next', async (t) => {
  const bug = new TypeError('cannot read 10.0.0.7 of secret')
  const told: unknown[] = []
  const handle = pipelineWithBug(bug, { error: (fields: unknown) => told.push(fields) } as never)
  const server = createServer({ ServerResponse: GatewayResponse }, (request, response) =>
    handle(request, response, (_, page) => page.end('own'))
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
