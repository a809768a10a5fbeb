import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { readProblems } from '../../src/pages/problems.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { mistakesOf } from '../harness/table.ts'

const table = `
services: { echo: { url: "http://127.0.0.1:1" } }
routes: { GET /private: { to: echo, allow: user } }
`
const gateway = await startGateway({ after }, table)

test('an error links to a page that says what it means and what to do', async (t) => {
  const refused = await request(t, gateway.port, '/private')
  const page = await request(t, gateway.port, String(refused.json().type))

  assert.equal(page.status, 200)
  assert.match(page.header('content-type') ?? '', /^text\/html/)
  assert.match(
    page.header('content-security-policy') ?? '',
    /^default-src 'none'; style-src 'sha256-/
  )
  assert.match(page.body.toString(), /<h1>no-token<\/h1><p>401 Unauthorized<\/p>/)
  assert.match(
    page.body.toString(),
    /<strong>What to do:<\/strong> .*<code>POST \/api\/login<\/code>/
  )
})

test('a list leads to every problem, and an unknown one is 404', async (t) => {
  const list = (await request(t, gateway.port, '/problems')).body.toString()
  const links = [...list.matchAll(/href="(\/problems\/[a-z-]+)"/g)].map(([, link = '']) => link)

  assert.ok(links.length > 50)
  for (const link of links) assert.equal((await request(t, gateway.port, link)).status, 200, link)
  assert.equal((await request(t, gateway.port, '/problems/nothing')).status, 404)
})

test('a section is read as slug, status and paragraphs', () => {
  const markdown =
    '# Problems\n\nText.\n\n## one\n\nStatus 404. Meaning.\n\n**What to do:** this.\n'

  assert.deepEqual(readProblems(markdown), [
    { slug: 'one', status: 404, paragraphs: ['Meaning.', '**What to do:** this.'] }
  ])
})

test('no route of the table takes the pages of problems', () => {
  const own = table.replace('/private', '/problems/mine')

  assert.match(mistakesOf(own)[0] ?? '', /the gateway itself answers this path/)
})
