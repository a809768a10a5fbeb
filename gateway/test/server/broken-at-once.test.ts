import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes: { ANY /**: { to: echo, allow: public } }
`
)
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'

for (const [index, [what, bytes]] of [
  ['a size that is none', `${chunked}zzz\r\n`],
  ['a chunk without a size', `${chunked}\r\n`],
  ['a broken trailer', `${chunked}0\r\nx: y\n\r\n`]
].entries())
  for (const method of ['GET', 'POST'])
    test(`F7 passes what came to a ${method} before ${what}, though both came at once`, async (t) => {
      upstream.answer(`/${index}`, () => bytes)

      const answer = await request(t, gateway.port, `/${index}`, { method })

      assert.equal(answer.status, 200)
      assert.equal(answer.body.toString(), 'hello')
      assert.equal(answer.complete, false)
    })
