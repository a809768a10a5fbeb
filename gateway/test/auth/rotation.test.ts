import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { jwtSecret, spawnGateway, startGateway, textOf, writeTable } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { ada, kidOf, mintToken } from '../harness/token.ts'
import { ok, startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { users: { url: "${upstream.url}" } }
routes:
  POST /login: { to: users, allow: public, issue: token }
  GET  /mine:  { to: users, allow: user }
`
const next = 'Vb6Nq1Zx8Lw3Tk5Rj9Hs2Df7Gy4Mc0Pe'
upstream.answer('/login', () =>
  ok(
    JSON.stringify({ user_id: ada, user_type: 'default', session_id: 's', refresh_token: 'r' }),
    'content-type: application/json'
  )
)

type Context = Parameters<typeof startGateway>[0] & Parameters<typeof request>[0]

const replica = async (t: Context, ...secrets: string[]) => {
  const { port } = await startGateway(t, table, { JWT_SECRET: secrets.join() })
  return {
    async issue() {
      const answer = await request(t, port, '/login', { method: 'POST' })
      assert.equal(answer.status, 200)
      return String(answer.json().access_token)
    },
    async accepts(token: string) {
      const headers = [`authorization: Bearer ${token}`]
      return (await request(t, port, '/mine', { headers })).status === 200
    }
  }
}

const kidIn = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

test('B27 refuses no token while two replicas change from one secret to the next, one after the other', async (t) => {
  // The steps that docs/architecture.md tells: first everybody knows the new one, then it signs, then the old one goes.
  const steps = [[jwtSecret], [jwtSecret, next], [next, jwtSecret], [next]] as const
  const replicas = await Promise.all([replica(t, ...steps[0]), replica(t, ...steps[0])])
  let tokens = await Promise.all(replicas.map(({ issue }) => issue()))

  for (const secrets of steps.slice(1))
    for (const index of [0, 1]) {
      // Before the old secret goes, what it signed has expired.
      if (secrets.length === 1) tokens = tokens.filter((token) => kidIn(token) === kidOf(next))
      replicas[index] = await replica(t, ...secrets)
      tokens.push(...(await Promise.all(replicas.map(({ issue }) => issue()))))
      for (const { accepts } of replicas)
        for (const token of tokens) assert.ok(await accepts(token), `step ${secrets.length}`)
    }

  assert.equal(kidIn(tokens.at(-1) ?? ''), kidOf(next))
})

test('B13 refuses what a secret signed that is gone', async (t) => {
  const before = await replica(t, jwtSecret)
  const after = await replica(t, next)

  assert.equal(await after.accepts(await before.issue()), false)
})

test('B20 takes a good token after a thousand bad ones', async (t) => {
  const { port } = await startGateway(t, table)
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`http://127.0.0.1:${port}/mine`, { headers })
    await response.arrayBuffer()
    return response.status
  }
  const bad = new Set<number>()

  for (let index = 0; index < 1000; index += 1)
    bad.add(await ask(mintToken({ secret: next, claims: { jti: `${index}` } })))

  assert.deepEqual([...bad], [401])
  assert.equal(await ask(mintToken()), 200)
})

for (const life of ['25h', '999ms', 'soon'])
  test(`refuses to start with an ACCESS_TOKEN_TTL of ${life}`, async (t) => {
    const child = spawnGateway(await writeTable(t, table), { ACCESS_TOKEN_TTL: life })
    const stderr = textOf(child.stderr)
    const [code] = await once(child, 'exit')

    assert.equal(code, 1)
    assert.match(stderr(), /ACCESS_TOKEN_TTL/)
    assert.doesNotMatch(stderr(), / {4}at /)
  })

test('B13 refuses to start with one secret twice, in one sentence that does not tell it', async (t) => {
  const env = { JWT_SECRET: `${jwtSecret},${next},${jwtSecret}` }
  const child = spawnGateway(await writeTable(t, table), env)
  const stderr = textOf(child.stderr)
  const [code] = await once(child, 'exit')

  assert.equal(code, 1)
  assert.match(stderr(), /^The environment is invalid:\n {2}JWT_SECRET must be .* twice.*\n$/)
  assert.ok(!stderr().includes(jwtSecret) && !stderr().includes(kidOf(jwtSecret)))
})
