import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { after, test } from 'node:test'
import { networkOf } from '@gatehouse/service-kit'
import { createForwarded } from '../../src/checks/client-address.ts'
import { startGateway } from '../harness/gateway.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { request } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const table = `
services: { echo: { url: "${upstream.url}" } }
routes:
  GET /limited: { to: echo, allow: public, rate: 1/min per ip }
  GET /**:      { to: echo, allow: public }
`
const trusting = await startGateway({ after }, table, { TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8' })
const alone = await startGateway({ after }, table)

type Context = Parameters<typeof request>[0]
const names = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded']

/** The values that the service is told, one line each. */
async function told(t: Context, port: number, headers: string[], from = '127.0.0.1') {
  const answer = await request(t, port, '/told', { headers, from })
  assert.equal(answer.status, 200)
  const seen = upstream.seen.at(-1)
  for (const name of [...names, 'x-real-ip', 'x-forwarded-port', 'x-forwarded-prefix']) {
    assert.ok((seen?.all(name).length ?? 0) <= (names.includes(name) ? 1 : 0), name)
  }
  return names.map((name) => seen?.all(name)[0])
}

const claims = [
  'x-forwarded-for: 203.0.113.9',
  'X-Forwarded-Proto: https',
  'x-forwarded-host: evil.example',
  'x-forwarded-port: 1',
  'x-forwarded-prefix: /evil',
  'x-real-ip: 203.0.113.9',
  'forwarded: for=203.0.113.9;host=evil.example;proto=https'
]

test('F17 builds x-forwarded-* and forwarded anew for a peer that is not trusted', async (t) => {
  const none = await told(t, alone.port, claims)
  const other = await told(t, trusting.port, claims, '127.0.0.2')

  const own = (ip: string) => [ip, 'http', 'gateway', `for=${ip};host="gateway";proto=http`]
  assert.deepEqual(none, own('127.0.0.1'))
  assert.deepEqual(other, own('127.0.0.2'))
})

test('F17 tells each request of a connection the host that it named', async (t) => {
  const client = await connectRaw(t, alone.port, { methods: ['GET', 'GET', 'GET'] })

  for (const host of ['one.example', 'two.example', 'one.example']) {
    client.send(Buffer.from(`GET /told HTTP/1.1\r\nhost: ${host}\r\n\r\n`))
    assert.equal((await client.answer()).status, 200)
    const seen = upstream.seen.at(-1)
    assert.deepEqual(seen?.all('x-forwarded-host'), [host])
    assert.deepEqual(seen?.all('forwarded'), [`for=127.0.0.1;host="${host}";proto=http`])
  }
})

test('F39 appends a trusted peer, and takes the right-most hop that is not trusted for the client', async (t) => {
  const headers = [
    'x-forwarded-for: 6.6.6.6, 203.0.113.9, 10.1.2.3',
    'x-forwarded-proto: https',
    'x-forwarded-host: api.example'
  ]

  assert.deepEqual(await told(t, trusting.port, headers), [
    '203.0.113.9, 10.1.2.3, 127.0.0.1',
    'https',
    'api.example',
    'for=203.0.113.9;host="api.example";proto=https'
  ])
})

/** What some would take for an address; none is read here, for the chain is taken from `x-forwarded-for` alone. */
const elements = [
  'for=203.0.113.9',
  'for="203.0.113.9"',
  'For=203.0.113.9;proto=https;by=203.0.113.43',
  'for=203.0.113.9, for=10.0.0.1',
  'for="203.0.113.9:80"',
  'for="[2001:db8::1]"',
  'for="[2001:db8::1]:80"',
  'for=[2001:db8::1]',
  'for=2001:db8::1',
  'for=203.0.113.9.1',
  'for=203.0.113.256',
  'for=203.0.113',
  'for=0xcb007109',
  'for=203.0.113.009',
  'for="203.0.113.9',
  "for='203.0.113.9'",
  'for="203\\.0.113.9"',
  'for==203.0.113.9',
  'for = 203.0.113.9',
  'for;203.0.113.9',
  'for=unknown',
  'for=_hidden',
  'for=;for=203.0.113.9',
  '203.0.113.9',
  ';;,,=',
  'host=evil.example;proto=https'
]
for (const element of elements) {
  test(`F18 believes nothing of forwarded: ${element}`, async (t) => {
    const [chain, proto, host, rebuilt] = await told(t, trusting.port, [`forwarded: ${element}`])

    assert.deepEqual([chain, proto, host], ['127.0.0.1', 'http', 'gateway'])
    assert.equal(rebuilt, 'for=127.0.0.1;host="gateway";proto=http')
  })
}

const garbage = [
  'for=203.0.113.9',
  'unknown',
  '"203.0.113.9"',
  '203.0.113',
  '203.0.113.009',
  '0xcb.0.113.9',
  '2001:db8::1::2',
  '203.0.113.9;x',
  '_hidden',
  ','
]
for (const value of garbage) {
  test(`F40 makes no address of the hop ${value}`, async (t) => {
    const [chain] = await told(t, trusting.port, [`x-forwarded-for: ${value}`])

    assert.equal(chain, '127.0.0.1')
  })
}

test('F17 believes forwarded of nobody, and no host that is none', async (t) => {
  const headers = ['forwarded: for=203.0.113.9', 'x-forwarded-host: a"b;proto=https']

  assert.deepEqual(await told(t, trusting.port, headers), [
    '127.0.0.1',
    'http',
    'gateway',
    'for=127.0.0.1;host="gateway";proto=http'
  ])
})

const protos: [string, string, string][] = [
  ['203.0.113.9, 10.0.0.1', 'https, http', 'https'],
  ['203.0.113.9, 10.0.0.1', 'http, https', 'http'],
  ['203.0.113.9', 'https, http', 'http'],
  ['203.0.113.9', 'https, https', 'https'],
  ['203.0.113.9, 10.0.0.1', 'HTTPS', 'https'],
  ['203.0.113.9', 'httpsx', 'http'],
  ['203.0.113.9', '', 'http']
]
for (const [hops, value, proto] of protos) {
  test(`F17 reads x-forwarded-proto "${value}" beside "${hops}" as ${proto}`, async (t) => {
    const headers = [`x-forwarded-for: ${hops}`, `x-forwarded-proto: ${value}`]

    assert.equal((await told(t, trusting.port, headers))[1], proto)
  })
}

test('I5 counts each IPv4 client for itself that a proxy writes as an IPv6 address', async (t) => {
  for (const hop of ['::ffff:203.0.113.1', '::FFFF:203.0.113.2', '203.0.113.3']) {
    const headers = [`x-forwarded-for: ${hop}`]

    assert.equal((await request(t, trusting.port, '/limited', { headers })).status, 200, hop)
    assert.equal((await request(t, trusting.port, '/limited', { headers })).status, 429, hop)
  }
  const [chain] = await told(t, trusting.port, [
    'x-forwarded-for: ::ffff:203.0.113.1, ::ffff:10.0.0.1'
  ])
  assert.equal(chain, '203.0.113.1, 10.0.0.1, 127.0.0.1')
})

const keys: [string, string][] = [
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::6', '2001:db8:1:2'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001:db8:1::2', '2001:db8:1:0'],
  ['2001:db8::1:2:3:4:5', '2001:db8:0:1'],
  ['::1', '0:0:0:0']
]
for (const [address, key] of keys) {
  test(`I5 counts ${address} as ${key}`, () => assert.equal(networkOf(address), key))
}

const spellings = ['::ffff:a00:1', '::FFFF:0a00:0001', '0:0:0:0:0:ffff:10.0.0.1', '0::ffff:a00:1']
for (const range of ['10.0.0.0/8', '::ffff:10.0.0.0/104', '::ffff:a00:0/104']) {
  test(`F17 knows the hops of ${range} however they are written`, () => {
    const read = createForwarded(`127.0.0.1,${range}`)
    for (const hop of spellings) {
      const headers = { 'x-forwarded-for': `203.0.113.9, ${hop}`, host: 'gateway' }
      const socket = { remoteAddress: '::ffff:127.0.0.1' }

      const { client, chain } = read({ headers, socket } as unknown as IncomingMessage)

      assert.equal(client, '203.0.113.9', hop)
      assert.equal(chain, '203.0.113.9, 10.0.0.1, 127.0.0.1')
    }
  })
}

for (const entry of [
  '10.0.0.0/',
  '10.0.0.0/0x8',
  '10.0.0.0/8/99',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/1e1',
  '10.0.0.0/ 8',
  '::1/129',
  '10.0.0',
  '/8',
  '/',
  'localhost'
]) {
  test(`refuses TRUSTED_PROXIES with ${entry}`, () => {
    assert.throws(() => createForwarded(`127.0.0.1,${entry}`), {
      name: 'StartError',
      message: `TRUSTED_PROXIES: ${entry} is neither an address nor a CIDR range. Write it as 10.0.0.1 or 10.0.0.0/8.`
    })
  })
}

// Proxies write the port of their client as well (RFC 7239 6 has the forms); some leave an element empty.
for (const [sent, client] of [
  ['203.0.113.5:51234', '203.0.113.5'],
  ['203.0.113.5:0', '203.0.113.5'],
  ['[2001:db8::7]:443', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['"[2001:db8::7]:443"', '2001:db8::7'],
  ['2001:db8::7', '2001:db8::7'],
  ['203.0.113.5,', '203.0.113.5'],
  ['203.0.113.5, ,', '203.0.113.5'],
  ['203.0.113.5:1, 10.0.0.1:2', '203.0.113.5'],
  ['[::ffff:203.0.113.5]:9', '203.0.113.5']
] as const) {
  test(`F39 reads the client ${client} from x-forwarded-for: ${sent}`, async (t) => {
    const [chain = ''] = await told(t, trusting.port, [`x-forwarded-for: ${sent}`])

    assert.equal(chain.split(', ')[0], client)
  })
}

for (const sent of [
  '203.0.113.5:',
  '203.0.113.5:x',
  '203.0.113.5:123456',
  '[203.0.113.5]:1',
  'unknown',
  '_hidden:1'
]) {
  test(`F40 takes no client from x-forwarded-for: ${sent}`, async (t) => {
    const [chain] = await told(t, trusting.port, [`x-forwarded-for: ${sent}`])

    assert.equal(chain, '127.0.0.1')
  })
}

test('F17 reads scheme and host past an empty element at the end', async (t) => {
  const headers = [
    'x-forwarded-for: 203.0.113.5,',
    'x-forwarded-proto: https,',
    'x-forwarded-host: api.example,'
  ]

  const [, proto, host] = await told(t, trusting.port, headers)

  assert.deepEqual([proto, host], ['https', 'api.example'])
})

for (const [sent, expected] of [
  ['wss', 'https'],
  ['WSS', 'https'],
  ['ws', 'http']
] as const) {
  test(`F17 takes x-forwarded-proto: ${sent} for ${expected}`, async (t) => {
    const headers = ['x-forwarded-for: 203.0.113.5', `x-forwarded-proto: ${sent}`]

    const [, proto] = await told(t, trusting.port, headers)

    assert.equal(proto, expected)
  })
}
