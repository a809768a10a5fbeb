import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, test } from 'node:test'
import { fastest } from '../harness/fastest.ts'
import { jwtSecret, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import {
  ada,
  base64url,
  goodClaims,
  goodHeader,
  kidOf,
  mintToken,
  now,
  signParts
} from '../harness/token.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
routes:
  ANY /private/**: { to: echo, allow: user }
`
)

const header = JSON.stringify(goodHeader)
const claims = () => JSON.stringify(goodClaims())
const [head = '', payload = '', mac = ''] = mintToken().split('.')
const publicKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const unsigned = (alg: string) => `${base64url({ ...goodHeader, alg })}.${base64url(claims())}.`
const without = (claim: string) => mintToken({ claims: { [claim]: undefined } })

/** Tokens that are refused, by promise: [id, how, token]. */
const refused: [string, string, string][] = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg): [string, string, string] => [
    'B1',
    `alg ${alg} and no signature`,
    unsigned(alg)
  ]),
  ['B1', 'alg none and a good signature', mintToken({ header: { alg: 'none' } })],
  ['B1', 'an empty signature', `${head}.${payload}.`],
  ['B1', 'two parts', `${head}.${payload}`],
  ['B1', 'four parts', `${head}.${payload}.${mac}.${mac}`],
  ['B1', 'one part', head],
  ['B1', 'empty parts', '..'],
  ['B1', 'the signature of another token', `${head}.${base64url(claims())}A.${mac}`],
  ['B1', 'another secret', mintToken({ secret: 'x'.repeat(32) })],
  ['B2', 'HS384', mintToken({ header: { alg: 'HS384' }, hash: 'sha384' })],
  ['B2', 'HS512', mintToken({ header: { alg: 'HS512' }, hash: 'sha512' })],
  ['B2', 'hs256 in lower case', mintToken({ header: { alg: 'hs256' } })],
  ['B2', 'no alg', mintToken({ header: { alg: undefined } })],
  ['B2', 'an unknown crit', mintToken({ header: { crit: ['x'], x: 1 } })],
  ['B3', 'RS256 over our secret', mintToken({ header: { alg: 'RS256' } })],
  ['B3', 'a public key as secret', mintToken({ secret: pem })],
  ['B3', 'a public key after a newline as secret', mintToken({ secret: `\n${pem}` })],
  ['B3', 'a PKCS1 key as secret', mintToken({ secret: pkcs1 })],
  [
    'B4',
    'a key of its own in jwk',
    mintToken({
      header: { jwk: { kty: 'oct', k: base64url('y'.repeat(32)) } },
      secret: 'y'.repeat(32)
    })
  ],
  ['B5', 'an unknown kid', mintToken({ header: { kid: kidOf('another') } })],
  ['B5', 'a path as kid', mintToken({ header: { kid: '../../../../dev/null' }, secret: '\0' })],
  ['B5', 'SQL as kid', mintToken({ header: { kid: "' OR 1=1 --" } })],
  ['B5', 'a kid of 10 kB', mintToken({ header: { kid: 'k'.repeat(10_000) } })],
  ['B5', 'a number as kid', mintToken({ header: { kid: 1 } })],
  ['B5', 'an object as kid', mintToken({ header: { kid: { toString: goodHeader.kid } } })],
  ['B5', 'the kid __proto__', mintToken({ header: { kid: '__proto__' } })],
  ['B5', 'the kid constructor', mintToken({ header: { kid: 'constructor' } })],
  ...['exp', 'iat', 'sub', 'iss', 'aud', 'jti', 'sid', 'user_type'].map(
    (claim): [string, string, string] => ['B6', `no ${claim}`, without(claim)]
  ),
  ['B7', 'another iss', mintToken({ claims: { iss: 'gatehouse.evil' } })],
  ['B7', 'a list as iss', mintToken({ claims: { iss: ['gatehouse'] } })],
  ['B7', 'another aud', mintToken({ claims: { aud: 'somebody' } })],
  ['B7', 'an aud list without us', mintToken({ claims: { aud: ['a', 'b'] } })],
  ['B7', 'an empty aud list', mintToken({ claims: { aud: [] } })],
  ['B8', 'an exp 6 s ago', mintToken({ claims: { iat: now() - 60, exp: now() - 6 } })],
  ['B8', 'an exp a second ago', mintToken({ claims: { iat: now() - 60, exp: now() - 1 } })],
  ['B8', 'an exp of now', mintToken({ claims: { iat: now() - 60, exp: now() } })],
  ['B8', 'an nbf to come', mintToken({ claims: { nbf: now() + 30 } })],
  ['B8', 'an iat to come', mintToken({ claims: { iat: now() + 70, exp: now() + 300 } })],
  ['B8', 'too long a life', mintToken({ claims: { exp: now() + 910 } })],
  ['B8', 'an exp in milliseconds', mintToken({ claims: { exp: Date.now() + 60_000 } })],
  ['B8', 'an exp as text', mintToken({ claims: { exp: `${now() + 60}` } })],
  ['B8', 'an exp of null', mintToken({ claims: { exp: null } })],
  ['B8', 'an exp with a fraction', mintToken({ claims: { exp: now() + 60.5 } })],
  ['B8', 'an exp of 1e308', signParts(header, claims().replace(/"exp":\d+/, '"exp":1e308'))],
  ['B8', 'an iat as text', mintToken({ claims: { iat: `${now()}` } })],
  ['B9', 'the type of a refresh token', mintToken({ header: { typ: 'refresh+jwt' } })],
  ['B9', 'the type rt+jwt', mintToken({ header: { typ: 'rt+jwt' } })],
  ['B9', 'the type of an id token', mintToken({ header: { typ: 'id+jwt' } })],
  ['B9', 'no type', mintToken({ header: { typ: undefined } })],
  ['B6', 'a sub that is no text', mintToken({ claims: { sub: 1 } })],
  ['B6', 'an empty sub', mintToken({ claims: { sub: '' } })],
  [
    'B6',
    'a line break in sub',
    mintToken({ claims: { sub: `${ada}\r\nrequest-user-type: admin` } })
  ],
  ['B6', 'a user type that is no text', mintToken({ claims: { user_type: ['admin'] } })],
  ['B6', 'a payload that is no object', signParts(header, '"x"')],
  ['B6', 'a payload that is no JSON', signParts(header, '{')],
  ['B19', 'more than 8 kB', mintToken({ claims: { filler: 'f'.repeat(9000) } })],
  ['B19', 'a deep payload', signParts(header, '['.repeat(5000) + ']'.repeat(5000))],
  ['B19', 'a deep payload and a wrong signature', `${head}.${base64url('['.repeat(5000))}.${mac}`]
]
for (const [index, [id, how, token]] of refused.entries()) {
  test(`${id} refuses a token with ${how}`, async (t) => {
    const path = `/private/refused-${index}`
    const ask = async (value: string) =>
      request(t, gateway.port, path, { headers: [`authorization: Bearer ${value}`] })

    const answer = await ask(token)

    const statuses = id === 'B19' || how.includes('10 kB') ? [401, 431] : [401]
    assert.ok(statuses.includes(answer.status), `status ${answer.status}`)
    assert.equal(upstream.requests(path).length, 0)
    if (id === 'B19') {
      const [plain, hostile] = [await fastest(() => ask('x')), await fastest(() => ask(token))]
      assert.ok(hostile < plain + 20, `took ${hostile} ms, and ${plain} ms with a plain one`)
    }
    assert.ok(!/ at .*:\d+|fast-jwt|FAST_JWT|FST_/.test(answer.body.toString()), 'a stack trace')
  })
}

const accepted: [string, string, string][] = [
  ['B5', 'no kid', mintToken({ header: { kid: undefined } })],
  ['B7', 'an aud list with us', mintToken({ claims: { aud: ['somebody', 'gatehouse'] } })],
  [
    'B8',
    'an iat of a clock 30 s ahead',
    mintToken({ claims: { iat: now() + 30, exp: now() + 600 } })
  ],
  ['B8', 'an nbf gone by', mintToken({ claims: { nbf: now() - 1 } })]
]
for (const [index, [id, how, token]] of accepted.entries()) {
  test(`${id} accepts a token with ${how}`, async (t) => {
    const path = `/private/accepted-${index}`

    const answer = await request(t, gateway.port, path, {
      headers: [`authorization: Bearer ${token}`]
    })

    assert.equal(answer.status, 200)
    assert.deepEqual(upstream.requests(path)[0]?.all('request-user-id'), [ada])
  })
}

test('B4 fetches nothing from the addresses that a token names', async (t) => {
  let connections = 0
  const keys = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  t.after(() => keys.close())
  await once(keys, 'listening')
  const { port } = keys.address() as { port: number }
  const url = `http://127.0.0.1:${port}/keys`
  const named = { jku: url, x5u: url, x5c: [url], jwk: { kty: 'oct', k: url } }

  const good = mintToken({ header: named })
  const bad = mintToken({ header: { ...named, kid: kidOf('another') }, secret: 'z'.repeat(32) })
  const answers = [good, bad].map((token) =>
    request(t, gateway.port, '/private/b4', { headers: [`authorization: Bearer ${token}`] })
  )
  const [first, second] = await Promise.all(answers)

  assert.ok([200, 401].includes(first?.status ?? 0), `status ${first?.status}`)
  assert.equal(second?.status, 401)
  assert.equal(connections, 0)
})

test('B3 keeps its secret whatever the tokens are', () => {
  assert.ok(!JSON.stringify(gateway.log).includes(jwtSecret))
})
