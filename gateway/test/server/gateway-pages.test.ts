import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
cors: { origins: ["https://allowed.com"] }
routes:
  GET /x: { to: echo, allow: public }
`
const open = await startGateway({ after }, table)
const closed = await startGateway({ after }, table, { DOCS: 'false' })
const html = { headers: ['accept: text/html'] }

test('K24 DOCS=false switches the page and the document off, and the first page leads to neither', async (t) => {
  const paths = ['/docs', '/docs/parts', '/openapi.json', '/openapi.yaml']
  const answers = await Promise.all(paths.map((path) => request(t, closed.port, path)))

  const home = await request(t, closed.port, '/', html)

  assert.deepEqual(
    answers.map(({ status }) => status),
    [404, 404, 404, 404]
  )
  assert.equal(home.status, 200)
  assert.doesNotMatch(home.body.toString(), /docs|openapi/)
})

test('the first page leads to the documentation', async (t) => {
  const home = await request(t, open.port, '/', html)

  assert.equal(home.status, 200)
  assert.match(home.body.toString(), /href="\/docs"/)
})

test('pages vary by what they are chosen by, and by origin where origins are told apart', async (t) => {
  const home = await request(t, open.port, '/', html)
  const docs = await request(t, open.port, '/docs')

  assert.deepEqual(home.all('vary'), ['accept, origin'])
  assert.deepEqual(docs.all('vary'), ['accept-encoding, origin'])
})
