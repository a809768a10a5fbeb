import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../harness/command.ts'
import { writeTable } from '../harness/gateway.ts'
import { mistakesOf } from '../harness/table.ts'

const withUrl = (url: string) =>
  `services:\n  users: { url: '${url}' }\nroutes:\n  GET /a: { to: nobody, allow: user }\n`

/** [an url that no request can be sent to, what is told] */
const urls: [string, RegExp][] = [
  ['http://users:99999', /its port .* 1 to 65535/],
  ['http://users:80a/', /its port .* 1 to 65535/],
  ['http://users:0', /its port .* 1 to 65535/],
  ['http://[::1]:99999', /its port .* 1 to 65535/],
  ['http://:80', /its host/],
  ['http://[::1', /its host/],
  ['http://a%zz', /its host/],
  ['http://a|b', /its host/],
  ['http://300.1.1.1', /its host/],
  ['http://a\\b', /without a path/]
]
for (const [url, told] of urls)
  test(`refuses a service at ${url}, beside the other mistakes of its table`, () => {
    const mistakes = mistakesOf(withUrl(url))

    assert.equal(mistakes.length, 2, mistakes.join())
    assert.match(String(mistakes[0]), /^2:17 services\.users url: /)
    assert.match(String(mistakes[0]), told)
    assert.match(String(mistakes[1]), /^4:17 GET \/a to: unknown service nobody/)
  })

test('refuses an url of the environment that is none, and says where it is used', async (t) => {
  const file = await writeTable(
    t,
    `services:\n  users: { url: "\${USERS_URL}" }\nroutes:\n  GET /a: { to: users, allow: user }\n`
  )

  const { code, err } = await runCommand(['check', file], { USERS_URL: 'http://users:80000' })

  assert.equal(code, 1)
  assert.match(err, /gateway\.yml:2:17 services\.users url: its port/)
})

for (const url of ['http://users', 'https://users:65535/', 'http://[::1]:80', 'http://10.0.0.1:80'])
  test(`takes a service at ${url}`, () => {
    const [mistake, ...others] = mistakesOf(withUrl(url))

    assert.match(String(mistake), /unknown service nobody/)
    assert.deepEqual(others, [])
  })

test('refuses a service without the form of an url, beside the other mistakes of its table', () => {
  const mistakes = mistakesOf(withUrl('users'))

  assert.deepEqual(
    mistakes.map((mistake) => mistake.split(' ')[0]),
    ['2:17', '4:17']
  )
})

const withOrigins = (origins: string) =>
  `services: { users: { url: "http://users" } }\ncors: { origins: [${origins}] }\nroutes:\n  GET /a: { to: nobody, allow: user }\n`

/** [an origin that no browser sends, what is told] */
const origins: [string, RegExp][] = [
  ['https://a:99999', /its port .* 1 to 65535/],
  ['https://a:0', /its port .* 1 to 65535/],
  ['https://300.1.1.1', /its host/],
  ['https://a:443', /browsers send it as https:\/\/a$/],
  ['https://App.example', /browsers send it as https:\/\/app\.example$/]
]
for (const [origin, told] of origins)
  test(`K13 refuses the origin ${origin}, which no browser sends`, () => {
    const mistakes = mistakesOf(withOrigins(`"https://app.example", "${origin}"`))

    assert.equal(mistakes.length, 2, mistakes.join())
    assert.match(String(mistakes[0]), /^2:42 cors\.origins 1: /)
    assert.match(String(mistakes[0]), told)
  })

test('K13 says of an origin with a path what is expected', () => {
  const [mistake] = mistakesOf(withOrigins('"https://app.example/"'))

  assert.equal(mistake, '2:19 cors.origins 0: must be an exact origin such as https://app.example')
})

for (const origin of ['https://app.example', 'http://localhost:3000', 'https://10.0.0.1:8443'])
  test(`K13 takes the origin ${origin}`, () => {
    assert.equal(mistakesOf(withOrigins(`"${origin}"`)).length, 1)
  })
