import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { testDatabase } from '@gatehouse/database/testing'
import { createServiceVerifier } from '@gatehouse/service-kit'
import { callerHeaders, startProcess, testSecret, until } from '@gatehouse/service-kit/testing'
import type { UserEvent } from '../src/outbox/event.ts'
import { startUsers } from './start-users.ts'

const script = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const admin = { id: '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90', type: 'admin' }

/** Who is told: it answers with what `answer` gives, and where that is null, not at all. */
async function startSubscriber(t: TestContext) {
  const told: UserEvent[] = []
  const signatures: string[] = []
  const state = { answer: 204 as number | null }
  const server = createServer(async (request: IncomingMessage, response) => {
    told.push((await json(request)) as UserEvent)
    signatures.push(String(request.headers['request-signature']))
    if (state.answer !== null) response.writeHead(state.answer).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const received = async (count: number) =>
    until(() => told.length >= count, `${count} events at the subscriber`)
  return { url, told, signatures, state, received }
}

async function start(t: TestContext) {
  const DATABASE_URL = await testDatabase(t, 'users')
  const users = await startUsers(t, { url: DATABASE_URL })
  const subscriber = await startSubscriber(t)
  const env = { DATABASE_URL, INTERNAL_SECRET: testSecret, ORDERS_URL: subscriber.url }
  const run = async (other: Record<string, string> = {}) =>
    startProcess(t, script, { ...env, ...other })
  const undelivered = async () => users.prisma.outboxEvent.count({ where: { delivered_at: null } })
  const allDelivered = async () =>
    until(async () => (await undelivered()) === 0, 'the delivery of every event')
  return { ...users, subscriber, run, undelivered, allDelivered }
}

async function remove(origin: string, id: string) {
  return fetch(`${origin}/users/${id}`, { method: 'DELETE', headers: callerHeaders(admin) })
}

const lost = (error: Error) => error

test('H3 a process that is killed before the commit has neither deleted the user nor told of it', async (t: TestContext) => {
  const { prisma, register, run, subscriber } = await start(t)
  const { id } = await register()
  const running = await run()
  const waits = () => prisma.$queryRaw<object[]>`
    select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'INSERT%outbox%'`

  const answer = await prisma.$transaction(async (tx) => {
    await tx.$executeRaw`lock table outbox_events in share mode`
    const waiting = remove(running.url, id).catch(lost)
    await until(async () => (await waits()).length > 0, 'a statement that waits for a lock')
    await running.kill()
    return waiting
  })

  t.assert.ok(answer instanceof Error)
  t.assert.equal(await prisma.user.count({ where: { id } }), 1)
  t.assert.equal(await prisma.outboxEvent.count(), 0)
  t.assert.equal((await remove((await run()).url, id)).status, 204)
  await subscriber.received(1)
})

test('H13 a process that is killed between the commit and the delivery tells when it is back', async (t: TestContext) => {
  const { register, run, subscriber, undelivered, allDelivered } = await start(t)
  const { id } = await register()
  const running = await run({ ORDERS_URL: 'http://127.0.0.1:1' })

  const { status, headers } = await remove(running.url, id)
  await running.kill()
  const waiting = await undelivered()
  await run()
  await subscriber.received(1)
  await allDelivered()

  t.assert.deepEqual([status, waiting], [204, 1])
  const [event] = subscriber.told
  t.assert.equal(event?.type, 'user.deleted')
  t.assert.equal(event?.user_id, id)
  t.assert.equal(event?.changed_by, admin.id)
  t.assert.equal(event?.request_id, headers.get('request-id'))
  t.assert.equal(subscriber.told.length, 1)
})

test('H13 a process that is killed between the delivery and the answer tells again, by the same id', async (t: TestContext) => {
  const { register, run, subscriber, allDelivered } = await start(t)
  const { id } = await register()
  subscriber.state.answer = null
  const running = await run()

  await remove(running.url, id)
  await subscriber.received(1)
  await running.kill()
  subscriber.state.answer = 204
  await run()
  await subscriber.received(2)
  await allDelivered()

  const [first, second] = subscriber.told
  t.assert.equal(second?.id, first?.id)
  t.assert.deepEqual(second, first)
})

test('H13 two replicas tell each event once, the events of each user in their order', async (t: TestContext) => {
  const { admin: boss, register, run, subscriber, allDelivered } = await start(t)
  const running = [await run(), await run()]
  const users = await Promise.all(Array.from({ length: 4 }, async () => register()))
  const changes = ['A', 'B', 'C', 'D', 'E']

  await Promise.all(
    users.map(async ({ id }, index) => {
      for (const full_name of changes)
        await fetch(`${running[index % 2]?.url}/users/${id}`, {
          method: 'PATCH',
          headers: {
            ...callerHeaders(admin),
            'content-type': 'application/json',
            'request-id': full_name
          },
          body: JSON.stringify({ full_name })
        })
    })
  )
  await subscriber.received(users.length * changes.length)
  await allDelivered()

  t.assert.equal(subscriber.told.length, users.length * changes.length)
  for (const { id } of users) {
    const own = subscriber.told.filter(({ user_id }) => user_id === id)
    t.assert.deepEqual(
      own.map(({ request_id }) => request_id),
      changes
    )
  }
  t.assert.ok(boss)
})

test('A14 what the users service tells is signed by it, with its body', async (t: TestContext) => {
  const { register, run, subscriber } = await start(t)
  const { id } = await register()
  await remove((await run()).url, id)
  await subscriber.received(1)

  const body = JSON.stringify(subscriber.told[0])
  const verify = createServiceVerifier(testSecret)
  const asked = { method: 'POST', path: '/events', body }

  t.assert.equal(verify(asked, subscriber.signatures[0] ?? ''), 'users')
})

test('G21 an event that is refused keeps nobody else waiting', async (t: TestContext) => {
  const { register, run, subscriber, prisma } = await start(t)
  const [ada, bob] = [await register(), await register()]
  subscriber.state.answer = 400
  const { url } = await run()
  await remove(url, ada.id)
  await subscriber.received(1)
  const count = async (where: object) => prisma.outboxEvent.count({ where })
  await until(async () => count({ refusals: { gt: 0 } }), 'the refusal')
  subscriber.state.answer = 204

  await remove(url, bob.id)

  const delivered = { delivered_at: { not: null } }
  for (const { id } of [bob, ada])
    await until(async () => count({ user_id: id, ...delivered }), `the delivery of ${id}`)
  t.assert.ok(subscriber.told.length >= 3)
})
