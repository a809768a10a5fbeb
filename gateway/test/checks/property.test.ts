import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { startGateway } from '../harness/gateway.ts'
import { body, hostileRequest, identityNames, lie } from '../harness/hostile-request.ts'
import { connectRaw } from '../harness/raw-client.ts'
import { isSigned } from '../harness/signature.ts'
import { ada } from '../harness/token.ts'
import { type Seen, startUpstream } from '../harness/upstream.ts'

/** `PROPERTY_SECONDS=60 PROPERTY_SEED=1 node --test gateway/test/property.test.ts`: longer, or again. */
const seconds = Number(process.env.PROPERTY_SECONDS ?? 7)
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31)

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}", strip: /api } }
routes:
  ANY /api/a/**: { to: echo, allow: user, body: 1kb }
  ANY /api/b/**: { to: echo, allow: admin, body: 1kb }
  ANY /api/:one: { to: echo, allow: user, body: 1kb }
`
)

type Context = Parameters<typeof connectRaw>[0]

/** Sends these bytes and nothing else; waits until all that came of them is over. */
async function play(t: Context, bytes: string) {
  const from = upstream.seen.length
  const client = await connectRaw(t, gateway.port)
  client.send(Buffer.from(bytes, 'latin1'))
  client.end()
  await client.closed()
  client.socket.destroy()
  return { status: client.answers[0]?.status ?? 0, seen: upstream.seen.slice(from) }
}

/** As the most lenient server would read a field name. */
const lenient = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .replace(/^x-/, '')

function assertOurs(seen: Seen) {
  assert.deepEqual(seen.all('request-user-id'), [ada])
  assert.deepEqual(seen.all('request-user-type'), ['default'])
  assert.ok(isSigned(seen, ada, 'default'), 'the signature is ours')
  const names = seen.headers.map(([name]) => name)
  const identity = names.filter((name) => identityNames.includes(lenient(name)))
  assert.deepEqual(identity.toSorted(), identityNames.toSorted())
  assert.ok(!seen.text.includes(lie), 'a lie came through')
  assert.match(seen.all('request-id').join(), /^[A-Za-z0-9._-]{1,64}$/)
  assert.deepEqual(seen.all('authorization'), [])
  assert.deepEqual(seen.all('host'), [new URL(upstream.url).host])
  const framing = names.filter((name) => /^(content-length|transfer-encoding)$/i.test(name))
  assert.ok(framing.length < 2, `framed by ${framing}`)
}

function assertPassed({ method, target: sent }: { method: string; target: string }, seen: Seen[]) {
  const target = sent.replace(/^https?:\/\/gateway(?=\/)/i, '')
  if (/^(?:\/(?:\?|$)|\* *$)/.test(target))
    return assert.deepEqual(seen, [], 'asked for a page of our own')
  const [only, ...more] = seen
  assert.ok(only && more.length === 0, `${seen.length} requests at the upstream`)
  assert.equal(only.method, method.trim())
  assert.match(target, /^\/api\/(?!b\/)/)
  // Node takes several spaces before the version for one (RFC 9112 3 lets it).
  assert.equal(only.target, target.slice('/api'.length).replace(/ +$/, ''))
  assert.equal(only.complete, true)
  assert.ok(['', body].includes(only.body.toString('latin1')), `body ${only.body}`)
  assertOurs(only)
}

test('F13 F3 A3 passes one request as it was authorised, or none, whatever bytes come', async (t) => {
  const answers = new Map<number, number>()
  const property = fc.asyncProperty(hostileRequest, async (sent) => {
    const { status, seen } = await play(t, sent.bytes)
    answers.set(status, (answers.get(status) ?? 0) + 1)
    if (status >= 200 && status < 300) return assertPassed(sent, seen)
    assert.ok(status >= 400, `status ${status}`)
    const whole = seen.filter(({ complete }) => complete).map(({ text }) => text)
    assert.deepEqual(whole, [])
  })

  await fc.assert(property, {
    seed,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false
  })

  t.diagnostic(`seed ${seed}; answers: ${JSON.stringify(Object.fromEntries(answers))}`)
  assert.ok((answers.get(200) ?? 0) > 50, 'enough of the requests are good ones')
})
