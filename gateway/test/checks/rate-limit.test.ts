import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import type { Answer } from '../harness/raw-client.ts'
import { request } from '../harness/request.ts'
import { ada, bearer, bob } from '../harness/token.ts'
import { startUpstream } from '../harness/upstream.ts'

const upstream = await startUpstream({ after })
const gateway = await startGateway(
  { after },
  `
services: { echo: { url: "${upstream.url}" } }
defaults: { rate: 3/min per ip }
routes:
  GET /exact:       { to: echo, allow: public, rate: 6/min per ip }
  GET /concurrent:  { to: echo, allow: public, rate: 6/min per ip }
  GET /by-user:     { to: echo, allow: user, rate: 2/min per user }
  GET /by-ip:       { to: echo, allow: user, rate: 2/min per ip }
  GET /spoofed:     { to: echo, allow: public, rate: 2/min per ip }
  GET /refused:     { to: echo, allow: public, rate: 5/s per ip }
  GET /every:       { to: echo, allow: public, rate: 1/min per ip }
  GET /anonymous:   { to: echo, allow: user, rate: 2/min per user }
  GET /default-one: { to: echo, allow: public }
  GET /default-two: { to: echo, allow: public }
`
)

type Context = Parameters<typeof request>[0]
const ask = (t: Context, path: string, ...headers: string[]) =>
  request(t, gateway.port, path, { headers })
const number = (answer: Answer | undefined, name: string) => Number(answer?.header(name))
const statuses = (answers: Answer[]) => answers.map(({ status }) => status)

async function askTimes(t: Context, times: number, path: string, ...headers: string[]) {
  const answers: Answer[] = []
  for (let i = 0; i < times; i++) answers.push(await ask(t, path, ...headers))
  return answers
}

test('I1 lets exactly as many requests through as the line says', async (t) => {
  const answers = await askTimes(t, 8, '/exact')

  assert.deepEqual(statuses(answers), [200, 200, 200, 200, 200, 200, 429, 429])
  const remaining = answers.map((answer) => number(answer, 'ratelimit-remaining'))
  assert.deepEqual(remaining, [5, 4, 3, 2, 1, 0, 0, 0])
  for (const answer of answers) assert.equal(answer.header('ratelimit-limit'), '6')
  assert.equal(upstream.requests('/exact').length, 6)
})

test('I1 lets exactly as many of 50 concurrent requests through', async (t) => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(t, '/concurrent')))

  assert.equal(answers.filter(({ status }) => status === 200).length, 6)
  assert.equal(answers.filter(({ status }) => status === 429).length, 44)
  assert.equal(upstream.requests('/concurrent').length, 6)
})

test('I4 tells the limit on every answer, and on 429 when to come back', async (t) => {
  const [first, second] = await askTimes(t, 2, '/every')

  assert.equal(first?.status, 200)
  assert.equal(second?.status, 429)
  for (const answer of [first, second]) {
    for (const name of ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']) {
      assert.match(answer?.header(name) ?? '', /^\d+$/, name)
    }
    const reset = number(answer, 'ratelimit-reset')
    assert.ok(reset > 0 && reset <= 60, `reset ${reset}`)
  }
  assert.equal(first?.header('retry-after'), undefined)
  const wait = number(second, 'retry-after')
  assert.ok(wait >= 55 && wait <= 60, `retry-after ${wait}`)
  assert.equal(second?.header('content-type'), 'application/problem+json')
  assert.equal(second?.json().request_id, second?.header('request-id'))
})

test('I5 counts each user for itself where the line says per user', async (t) => {
  const [one, two] = [bearer(ada), bearer(bob)]

  assert.deepEqual(statuses(await askTimes(t, 3, '/by-user', one)), [200, 200, 429])
  assert.deepEqual(statuses(await askTimes(t, 3, '/by-user', two)), [200, 200, 429])
})

test('I5 counts users together where the line says per ip, and each ip for itself', async (t) => {
  const [one, two] = [bearer(ada), bearer(bob)]
  const answers = [...(await askTimes(t, 2, '/by-ip', one)), await ask(t, '/by-ip', two)]
  const elsewhere = await request(t, gateway.port, '/by-ip', { headers: [one], from: '127.0.0.2' })

  assert.deepEqual(statuses(answers), [200, 200, 429])
  assert.equal(elsewhere.status, 200)
})

test('F17 I5 takes no address from headers', async (t) => {
  const claims = [
    'x-forwarded-for: 10.0.0.1',
    'x-forwarded-for: 10.0.0.2, 10.0.0.3',
    'forwarded: for=10.0.0.4',
    'x-real-ip: 10.0.0.5',
    'true-client-ip: 10.0.0.6',
    `request-user-id: ${bob}`
  ]
  const first = await askTimes(t, 2, '/spoofed')

  const answers = await Promise.all(claims.map((line) => ask(t, '/spoofed', line)))

  assert.deepEqual(statuses(first), [200, 200])
  assert.deepEqual(new Set(statuses(answers)), new Set([429]))
})

test('I5 counts no user for a request that has no valid token', async (t) => {
  const refused = await askTimes(t, 5, '/anonymous', `authorization: Bearer x`)
  const answer = await ask(t, '/anonymous', bearer())

  assert.deepEqual(new Set(statuses(refused)), new Set([401]))
  assert.equal(answer.status, 200)
  assert.equal(answer.header('ratelimit-remaining'), '1')
})

test('I8 does not count what it refuses', async (t) => {
  const drained: Answer[] = []
  for (let i = 0; i < 40; i++) drained.push(await ask(t, '/refused'))
  const waits = drained.filter(({ status }) => status === 429)

  assert.ok(waits.length > 0, 'nothing was refused')
  for (const answer of waits) {
    assert.equal(answer.header('retry-after'), '1')
    assert.ok(number(answer, 'ratelimit-reset') <= 1)
  }
})

test('shares one count among the lines that name no rate of their own', async (t) => {
  const answers = [
    ...(await askTimes(t, 2, '/default-one')),
    ...(await askTimes(t, 2, '/default-two'))
  ]

  assert.deepEqual(statuses(answers), [200, 200, 200, 429])
})

test('never limits the health of the gateway', async (t) => {
  const answers = await askTimes(t, 5, '/health/live')

  assert.deepEqual(new Set(statuses(answers)), new Set([200]))
})
