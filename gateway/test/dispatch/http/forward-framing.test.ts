import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../../harness/gateway.ts'
import { connectRaw } from '../../harness/raw-client.ts'
import { request, requestBytes } from '../../harness/request.ts'
import { ok, startUpstream } from '../../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /public/**: { to: echo, allow: public }
  ANY /small/**:  { to: echo, allow: public, body: 1kb }
`
)

const bodiless: [string, string, string][] = [
  ['head-length', 'HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 50000\r\netag: "1"\r\n\r\n'],
  ['head-chunked', 'HEAD', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\netag: "1"\r\n\r\n'],
  ['204', 'GET', 'HTTP/1.1 204 No Content\r\netag: "1"\r\n\r\n'],
  ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\nvary: x\r\n\r\n'],
  ['304-length', 'GET', 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\ncontent-length: 500\r\n\r\n']
]
for (const [name, method, head] of bodiless) {
  for (const extra of ['', 'x'.repeat(1000)]) {
    const how = extra === '' ? '' : ', also where the upstream sends one'
    test(`F9 sends no body with ${name}${how}, and stays in step`, async (t) => {
      const path = `/public/${name}-${extra.length}`
      upstream.answer(path, () => head + extra)
      const client = await connectRaw(t, gateway.port, { methods: [method, 'GET'] })
      client.send(requestBytes(path, { method }))

      const first = await client.answer()
      client.send(requestBytes('/public/next'))
      const next = await client.answer()

      assert.equal(first.status, Number(head.split(' ')[1]))
      assert.equal(first.header('etag'), '"1"')
      assert.equal(next.status, 200)
      assert.equal(next.body.toString(), 'ok')
    })
  }
}

test('F9 keeps the length that HEAD tells', async (t) => {
  const answer = await request(t, gateway.port, '/public/head-length-0', { method: 'HEAD' })

  assert.equal(answer.status, 200)
  assert.equal(answer.header('content-length'), '50000')
})

test('F23 answers pipelined requests in order, and reads no body as a request', async (t) => {
  upstream.answer('/public/p1', async (_seen, socket) => {
    await upstream.saw('/public/p1')
    socket.write(ok('one'))
  })
  upstream.answer('/public/p3', () => ok('three'))
  const smuggled = 'GET /public/smuggled HTTP/1.1\r\nhost: x\r\n\r\n'
  const client = await connectRaw(t, gateway.port, { methods: ['POST', 'GET', 'GET'] })
  client.send(
    requestBytes('/public/p1', { method: 'POST', body: smuggled }),
    requestBytes('/public/p2'),
    requestBytes('/public/p3')
  )

  const answers = [await client.answer(), await client.answer(), await client.answer()]

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200]
  )
  assert.deepEqual(
    answers.map(({ body }) => body.toString()),
    ['one', 'ok', 'three']
  )
  assert.equal(upstream.requests('/public/smuggled').length, 0)
})

const tooLarge = (answer: { status: number; header: (name: string) => string | undefined }) => {
  assert.equal(answer.status, 413)
  assert.equal(answer.header('content-type'), 'application/problem+json')
}

test('F42 refuses a declared body above the limit at once and asks no upstream', async (t) => {
  const client = await connectRaw(t, gateway.port, { methods: ['POST'] })
  client.send(
    requestBytes('/small/declared', { method: 'POST', headers: ['content-length: 1025'] })
  )

  tooLarge(await client.answer())
  assert.equal(upstream.requests('/small/declared').length, 0)
})

test('F42 refuses a chunked body while it grows above the limit, before the upstream is asked', async (t) => {
  const chunk = `200\r\n${'x'.repeat(512)}\r\n`
  const client = await connectRaw(t, gateway.port, { methods: ['POST'] })
  const headers = ['transfer-encoding: chunked']
  client.send(requestBytes('/small/chunked', { method: 'POST', headers, body: chunk }))
  client.send(chunk, '1\r\nx\r\n')

  tooLarge(await client.answer())
  assert.equal(upstream.requests('/small/chunked').length, 0)
})

test('F42 lets a body of exactly the limit through', async (t) => {
  const body = 'x'.repeat(1024)
  const whole = `400\r\n${body}\r\n0\r\n\r\n`
  const headers = ['transfer-encoding: chunked']

  const declared = await request(t, gateway.port, '/small/exact', { method: 'POST', body })
  const chunked = await request(t, gateway.port, '/small/exact', {
    method: 'POST',
    headers,
    body: whole
  })

  assert.equal(declared.status, 200)
  assert.equal(chunked.status, 200)
  assert.deepEqual(
    upstream.requests('/small/exact').map((seen) => seen.body.length),
    [1024, 1024]
  )
})

test('F34 keeps a good request id, and sends and answers the same one', async (t) => {
  const headers = ['request-id: Client.id_1-2']

  const answer = await request(t, gateway.port, '/public/id', { headers })

  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('request-id'), ['Client.id_1-2'])
  assert.deepEqual(upstream.requests('/public/id')[0]?.all('request-id'), ['Client.id_1-2'])
})

for (const [index, bad] of ['a b', 'x'.repeat(65), '', '<script>', 'a,b'].entries()) {
  test(`F34 replaces the request id "${bad.slice(0, 10)}"`, async (t) => {
    const path = `/public/bad-id-${index}`

    const answer = await request(t, gateway.port, path, { headers: [`request-id: ${bad}`] })

    assert.equal(answer.status, 200)
    const [id = ''] = answer.all('request-id')
    assert.match(id, /^[A-Za-z0-9._-]{1,64}$/)
    assert.notEqual(id, bad)
    assert.deepEqual(upstream.requests(path)[0]?.all('request-id'), [id])
  })
}
