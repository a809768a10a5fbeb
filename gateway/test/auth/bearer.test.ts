import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { jwtSecret, spawnGateway, startGateway, textOf, writeTable } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { ada, kidOf, mintToken, now } from '../harness/token.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /private/**: { to: echo, allow: user }
  ANY /private/admin: { to: echo, allow: admin }
`
const gateway = await startGateway({ after }, table)
const token = mintToken()

// B17: what each spelling of the header gets. Two lines are an attack or a mistake, never "first wins".
const spellings: [string, string[], number[]][] = [
  [
    'two different lines',
    [`authorization: Bearer ${token}`, 'authorization: Bearer x'],
    [400, 401]
  ],
  ['two equal lines', Array(2).fill(`authorization: Bearer ${token}`), [400, 401]],
  ['Bearer twice on one line', [`authorization: Bearer Bearer ${token}`], [401]],
  ['two tokens on one line', [`authorization: Bearer ${token}, Bearer ${token}`], [401]],
  ['two spaces', [`authorization: Bearer  ${token}`], [401]],
  ['a tab', [`authorization: Bearer\t${token}`], [401]],
  ['no space', [`authorization: Bearer${token}`], [401]],
  ['another scheme', [`authorization: Basic ${token}`], [401]],
  ['no scheme', [`authorization: ${token}`], [401]],
  ['an empty value', ['authorization:'], [401]],
  ['the scheme alone', ['authorization: Bearer'], [401]],
  ['another header', [`proxy-authorization: Bearer ${token}`], [401]],
  ['a cookie', [`cookie: access_token=${token}`], [401]]
]
for (const [index, [how, headers, statuses]] of spellings.entries()) {
  test(`B17 refuses a good token given as ${how}`, async (t) => {
    const path = `/private/b17-${index}`

    const answer = await request(t, gateway.port, path, { headers })

    assert.ok(statuses.includes(answer.status), `status ${answer.status}`)
    assert.equal(upstream.requests(path).length, 0)
  })
}

for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
  test(`B17 accepts the scheme written ${scheme}`, async (t) => {
    const answer = await request(t, gateway.port, `/private/${scheme}`, {
      headers: [`Authorization: ${scheme} ${token}`]
    })

    assert.equal(answer.status, 200)
    assert.deepEqual(upstream.requests(`/private/${scheme}`)[0]?.all('request-user-id'), [ada])
  })
}

test('B17 does not read a token from the query', async (t) => {
  for (const name of ['access_token', 'token', 'authorization', 'jwt']) {
    const answer = await request(t, gateway.port, `/private/query?${name}=${token}`)

    assert.equal(answer.status, 401)
  }
  assert.equal(upstream.requests('/private/query').length, 0)
})

test('B18 answers every bad token with the same 401', async (t) => {
  const tokens = {
    expired: mintToken({ claims: { iat: now() - 100, exp: now() - 10 } }),
    forged: mintToken({ secret: 'f'.repeat(32) }),
    otherAudience: mintToken({ claims: { aud: 'x' } }),
    noExp: mintToken({ claims: { exp: undefined } }),
    otherType: mintToken({ header: { typ: 'refresh+jwt' } }),
    garbage: 'garbage'
  }

  const answers = await Promise.all(
    Object.values(tokens).map((bad) =>
      request(t, gateway.port, '/private/b18', { headers: [`authorization: Bearer ${bad}`] })
    )
  )

  for (const answer of answers) {
    assert.equal(answer.status, 401)
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.deepEqual(answer.all('www-authenticate'), [
      'Bearer realm="gatehouse", error="invalid_token"'
    ])
    assert.equal(answer.json().request_id, answer.header('request-id'))
  }
  const bodies = answers.map((answer) => ({ ...answer.json(), request_id: '' }))
  for (const body of bodies) assert.deepEqual(body, bodies[0])
})

test('B29 asks for a token, without an error, where none was sent', async (t) => {
  const answer = await request(t, gateway.port, '/private/none')

  assert.equal(answer.status, 401)
  assert.deepEqual(answer.all('www-authenticate'), ['Bearer realm="gatehouse"'])
  assert.equal(answer.header('content-type'), 'application/problem+json')
})

test('B30 answers 403 where the token is good and the user type is not', async (t) => {
  const answer = await request(t, gateway.port, '/private/admin', {
    headers: [`authorization: Bearer ${token}`]
  })

  assert.equal(answer.status, 403)
  assert.equal(upstream.requests('/private/admin').length, 0)
})

const badSecrets: [string, string][] = [
  ['of 31 bytes', jwtSecret.slice(0, 31)],
  ['that is an example', 'your-256-bit-secret-your-256-bit-secret'],
  ['that says changeme', 'changeme-changeme-changeme-changeme'],
  ['of one letter', 'a'.repeat(64)],
  ['that is short in a list', `${jwtSecret},short`],
  ['that is empty', '']
]
for (const [how, JWT_SECRET] of badSecrets) {
  test(`B16 does not start with a secret ${how}`, async (t) => {
    const child = spawnGateway(await writeTable(t, table), { JWT_SECRET })
    const stderr = textOf(child.stderr)
    const [code] = await once(child, 'exit')

    assert.equal(code, 1)
    assert.match(stderr(), /JWT_SECRET/)
    assert.ok(!stderr().includes(jwtSecret.slice(0, 31)), 'the secret is told')
  })
}

test('B16 does not start with a short internal secret', async (t) => {
  const child = spawnGateway(await writeTable(t, table), { INTERNAL_SECRET: 'short' })
  const stderr = textOf(child.stderr)
  const [code] = await once(child, 'exit')

  assert.equal(code, 1)
  assert.match(stderr(), /INTERNAL_SECRET/)
})

test('B13 accepts tokens of every secret in the list, and of no other', async (t) => {
  const old = 'wF5rT8kX2nB6vJ9cQ3zL7hM1pD4sG0yA'
  const rotating = await startGateway(t, table, { JWT_SECRET: `${jwtSecret},${old}` })
  const withKid = mintToken({ secret: old, header: { kid: kidOf(old) } })
  const withoutKid = mintToken({ secret: old, header: { kid: undefined } })
  const crossed = mintToken({ secret: old, header: { kid: kidOf(jwtSecret) } })
  const ask = async (one: string) =>
    (await request(t, rotating.port, '/private/x', { headers: [`authorization: Bearer ${one}`] }))
      .status

  assert.equal(await ask(withKid), 200)
  assert.equal(await ask(withoutKid), 200)
  assert.equal(await ask(token), 200)
  assert.equal(await ask(crossed), 401)
})

for (const path of ['/private/type', '/private/admin']) {
  test(`B7 refuses a token on ${path} whose user_type is not in the table`, async (t) => {
    const headers = [`authorization: Bearer ${mintToken({ claims: { user_type: 'robot' } })}`]

    const answer = await request(t, gateway.port, path, { headers })

    assert.equal(answer.status, 401)
    assert.equal(answer.json().type, '/problems/invalid-token')
    assert.equal(upstream.requests(path).length, 0)
  })
}
