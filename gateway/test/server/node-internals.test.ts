import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { internalsOf, responseUnderWay } from '../../src/server/node-internals.ts'
import { GatewayResponse } from '../../src/server/response.ts'

/** A response of the gateway's class in Node's own server, and the connection that it is on. */
async function respond(t: TestContext, onResponse: (response: GatewayResponse) => void) {
  const seen: { socket: Socket; underWay: unknown; response: GatewayResponse }[] = []
  const server = createServer({ ServerResponse: GatewayResponse }, (request, response) => {
    seen.push({ socket: request.socket, underWay: responseUnderWay(request.socket), response })
    onResponse(response)
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [answer] = await once(get({ port, agent: false }), 'response')
  const body = Buffer.concat(await answer.toArray()).toString('latin1')
  return { ...seen[0], headers: answer.headers, body }
}

test('Node still has the undocumented members that the gateway uses', async (t: TestContext) => {
  const { underWay, response, headers, body } = await respond(t, (response) => {
    response.lines = 'x-first: \u00e9\r\n'
    response.writeHead(200, ['content-length', '2'])
    response.end('ok', 'latin1')
  })

  t.assert.equal(underWay, response)
  t.assert.equal(headers['x-first'], '\u00e9')
  t.assert.equal(headers['content-length'], '2')
  t.assert.equal(body, 'ok')
  t.assert.equal(typeof internalsOf(response as GatewayResponse)._keepAliveTimeout, 'number')
  t.assert.equal(typeof internalsOf(response as GatewayResponse)._expect_continue, 'boolean')
})

test('Node still sends a header section by itself when it is flushed', async (t: TestContext) => {
  const { headers, body } = await respond(t, (response) => {
    response.lines = 'x-first: 1\r\n'
    response.flushHeaders()
    response.end('later')
  })

  t.assert.equal(headers['x-first'], '1')
  t.assert.equal(body, 'later')
})
