import { type TestContext, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type Check, createApp, health } from '@gatehouse/service-kit'

async function startService(t: TestContext, checks: Record<string, Check>, needs?: 'any') {
  const app = createApp({ title: 'Sample', logLevel: 'silent', openapi: false })
  app.register(health, { checks, ...(needs && { needs }) })
  t.after(() => app.close())
  await app.ready()
  return app
}

const up: Check = async () => 1
const down: Check = async () => {
  throw new Error('connect ECONNREFUSED 10.0.0.1:5432')
}
const broken: Check = () => {
  throw new Error('not even a promise')
}
const hanging: Check = () => new Promise(() => {})

test('is ready where all checks pass', async (t) => {
  const app = await startService(t, { database: up, queue: up })

  const response = await app.inject('/health/ready')

  t.assert.equal(response.statusCode, 200)
  t.assert.deepEqual(response.json(), { status: 'ready', checks: { database: 'up', queue: 'up' } })
  t.assert.equal(response.headers['cache-control'], 'no-store')
})

for (const [what, check] of Object.entries({ down, broken })) {
  test(`is alive but not ready where a check is ${what}, and does not say why`, async (t) => {
    const app = await startService(t, { database: check, queue: up })

    const ready = await app.inject('/health/ready')
    const live = await app.inject('/health/live')

    t.assert.equal(ready.statusCode, 503)
    t.assert.deepEqual(ready.json(), {
      status: 'unavailable',
      checks: { database: 'down', queue: 'up' }
    })
    t.assert.equal(live.statusCode, 200)
    t.assert.deepEqual(live.json(), { status: 'live' })
  })
}

test('G18 answers in less than a second where checks hang', async (t) => {
  const app = await startService(t, { database: hanging, queue: hanging })
  const started = performance.now()

  const response = await app.inject('/health/ready')

  t.assert.equal(response.statusCode, 503)
  t.assert.equal(performance.now() - started < 1000, true)
})

test('G18 runs one check at a time, and keeps its result for a second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let runs = 0
  const counted: Check = async () => {
    runs += 1
    for (let turns = 0; turns < 50; turns += 1) await setImmediate()
  }
  const app = await startService(t, { database: counted })
  const ask = async (times: number) => {
    const asked = Array.from({ length: times }, async () => app.inject('/health/ready'))
    return new Set((await Promise.all(asked)).map(({ statusCode }) => statusCode))
  }

  const together = await ask(100)
  const afterwards = await ask(10)
  const runsBefore = runs
  t.mock.timers.tick(1000)
  await ask(10)

  t.assert.deepEqual([...together, ...afterwards], [200, 200])
  t.assert.equal(runsBefore, 1)
  t.assert.equal(runs, 2)
})

test('is ready, but degraded, where it needs any of its parts and has one', async (t) => {
  const some = await startService(t, { users: down, orders: up }, 'any')
  const none = await startService(t, { users: down, orders: down }, 'any')

  const degraded = await some.inject('/health/ready')
  const unavailable = await none.inject('/health/ready')

  t.assert.equal(degraded.statusCode, 200)
  t.assert.equal(degraded.json().status, 'degraded')
  t.assert.equal(unavailable.statusCode, 503)
})

test('has no OpenAPI document where it is told to have none', async (t) => {
  const app = await startService(t, {})

  const response = await app.inject('/openapi.json')

  t.assert.equal(response.statusCode, 404)
})

test('K15 health says what is up, and no version of anything', async (t) => {
  const app = await startService(t, { database: up })

  const answers = [await app.inject('/health/live'), await app.inject('/health/ready')]

  t.assert.deepEqual(
    answers.map((answer) => [answer.statusCode, answer.json()]),
    [
      [200, { status: 'live' }],
      [200, { status: 'ready', checks: { database: 'up' } }]
    ]
  )
  for (const { headers } of answers) t.assert.doesNotMatch(JSON.stringify(headers), /\d+\.\d+\.\d+/)
})
