import { randomUUID } from 'node:crypto'
import { after, type TestContext } from 'node:test'
import { openDatabase } from '@gatehouse/database'
import { testDatabase } from '@gatehouse/database/testing'
import { createServiceSigner, createServiceVerifier, createVerifier } from '@gatehouse/service-kit'
import { callerHeaders, testSecret } from '@gatehouse/service-kit/testing'
import { PrismaClient } from '#db'
import { buildOrdersApp } from '../src/app.ts'
import { createStores } from '../src/store.ts'

const prisma = new URL('../prisma/', import.meta.url)
const shared = testDatabase({ after }, 'orders')

/** One process of the service on the database at `url`; closed when the test ends. */
export async function startReplica(t: TestContext, url: string) {
  const lines: string[] = []
  const database = openDatabase({ url, prisma })
  const client = new PrismaClient({ adapter: database.adapter })
  const stores = createStores(client, database.query)
  const verify = createVerifier(testSecret)
  const verifyService = createServiceVerifier(testSecret)
  const deps = { stores, database, verify, verifyService }
  const logTo = { write: (line: string) => lines.push(line) }
  const app = buildOrdersApp({ ...deps, logTo })
  app.addHook('onClose', database.close)
  t.after(() => app.close())
  await database.prepare()
  await app.ready()
  /** The lines of the audit log about an event. */
  const audited = (event: string) =>
    lines.map((line) => JSON.parse(line)).filter(({ audit }) => audit === event)
  return { app, stores, client, audited }
}

/** The service on the database of this test file; other tests have left the orders of other users in it. */
export async function startOrders(t: TestContext) {
  const url = await shared
  return { url, ...(await startReplica(t, url)) }
}

/** The service on an empty database of its own, for tests that look at all there is. */
export async function startAlone(t: TestContext) {
  const url = await testDatabase(t, 'orders')
  return { url, ...(await startReplica(t, url)) }
}

type App = Awaited<ReturnType<typeof startReplica>>['app']

interface Call {
  headers?: Record<string, string>
  payload?: object | string
}

/** A user who calls `app` as through the gateway. */
export function userOf(app: App, type = 'default') {
  const id = randomUUID()
  const headers = callerHeaders({ id, type })
  const call =
    (method: 'GET' | 'HEAD' | 'POST' | 'PATCH') =>
    async (url: string, sent: Call = {}) =>
      app.inject({
        method,
        url,
        ...sent,
        headers: { ...headers, ...sent.headers }
      })
  const post = call('POST')
  return {
    id,
    headers,
    get: call('GET'),
    head: call('HEAD'),
    post,
    patch: call('PATCH'),
    /** Places an order and gives it; `fields` stand in for those of the sample. */
    place: async (fields: object = {}) =>
      (await post('/orders', { payload: { ...sample, ...fields } })).json()
  }
}

export const sample = { item: 'Brass door handle', address: '12 Gate Lane, 1010 Vienna' }

const signAsUsers = createServiceSigner(testSecret, 'users')

/** What the users service would tell of a user. */
export function eventOf(type: string, user_id: string, fields: object = {}) {
  const who = { user_id, changed_by: randomUUID(), request_id: `r-${randomUUID()}` }
  return {
    id: randomUUID(),
    type,
    ...who,
    occurred_at: new Date().toISOString(),
    data: {},
    ...fields
  }
}

/** Tells `app` an event as the users service would. */
export async function tell(app: App, event: object) {
  const payload = JSON.stringify(event)
  const signature = signAsUsers({ method: 'POST', path: '/events', body: payload })
  const headers = { 'content-type': 'application/json', 'request-signature': signature }
  return app.inject({ method: 'POST', url: '/events', payload, headers })
}
