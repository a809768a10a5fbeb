import { after, type TestContext } from 'node:test'
import { openDatabase } from '@gatehouse/database'
import { testDatabase } from '@gatehouse/database/testing'
import { createVerifier } from '@gatehouse/service-kit'
import { callerHeaders, testSecret } from '@gatehouse/service-kit/testing'
import { PrismaClient } from '#db'
import { buildUsersApp } from '../src/app.ts'
import type { Announce } from '../src/outbox/store.ts'
import { createPasswords } from '../src/passwords/passwords.ts'
import { createStores } from '../src/store.ts'

const prismaFolder = new URL('../prisma/', import.meta.url)
const shared = testDatabase({ after }, 'users')
const dayMs = 86_400_000

interface Options {
  url?: string
  /** The lowest that bcrypt knows: one hash takes a millisecond. */
  cost?: number
  cores?: number
  refreshTtlMs?: number
  /** Nobody is there, not even the admin who calls in the tests. */
  empty?: boolean
  /** Writes down what has become of users; nothing does unless it is given. */
  announce?: Announce
}

/** The admin who calls in the tests. */
export const adminId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
export const password = 'correct horse battery staple'
let count = 0

/** An address that no other client of this test file has, nor its network. */
export function uniqueAddress(): string {
  count += 1
  return `2001:db8:${(process.pid % 0xffff).toString(16)}:${count.toString(16)}::1`
}

/** A name that nobody else in this test file has. */
export function uniqueName(): string {
  count += 1
  return `user-${process.pid}-${count}`
}

/** Makes the admin who calls, where there is none; nobody logs in as that one. */
async function makeAdmin(prisma: PrismaClient) {
  const name = 'tests'
  const data = { id: adminId, username: name, username_key: name, user_type: 'admin' }
  await prisma.user.createMany({ data: { ...data, password_hash: '-' }, skipDuplicates: true })
}

/** One process of the service on the database of this test file, or on `url`; closed when the test ends. */
export async function startUsers(t: TestContext, options: Options = {}) {
  const { url = await shared, cost = 4, cores = 2, refreshTtlMs = dayMs } = options
  const { announce, empty = false } = options
  const database = openDatabase({ url, prisma: prismaFolder })
  const prisma = new PrismaClient({ adapter: database.adapter })
  const stores = createStores(prisma, database.query, announce)
  const lines: string[] = []
  const app = buildUsersApp({
    stores,
    passwords: createPasswords({ cost, cores }),
    refreshTtlMs,
    database,
    verify: createVerifier(testSecret),
    logTo: { write: (line) => lines.push(line) }
  })
  app.addHook('onClose', database.close)
  t.after(() => app.close())
  await database.prepare()
  await app.ready()
  if (!empty) await makeAdmin(prisma)

  const address = uniqueAddress()
  const as = (caller?: { id: string; type: string }, headers: Record<string, string> = {}) => {
    const call =
      (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE') =>
      async (path: string, payload?: object | string) =>
        app.inject({
          method,
          url: path,
          headers: {
            ...callerHeaders(caller),
            'x-forwarded-for': address,
            ...headers,
            ...(payload !== undefined && { 'content-type': 'application/json' })
          },
          ...(payload !== undefined && { payload })
        })
    return {
      get: call('GET'),
      post: call('POST'),
      put: call('PUT'),
      patch: call('PATCH'),
      delete: call('DELETE')
    }
  }
  const admin = as({ id: adminId, type: 'admin' })

  return {
    app,
    as,
    admin,
    prisma,
    stores,
    lines,
    url,
    /** A request as on a public route: signed, without a user. */
    nobody: as(),
    /** Creates a user and gives it, with what it may call. */
    async register(fields: object = {}) {
      const payload = { username: uniqueName(), password, ...fields }
      const user = (await admin.post('/users', payload)).json()
      return { ...user, ...as({ id: user.id, type: user.user_type }) }
    },
    /** Logs in; from an address of its own where `headers` have another `x-forwarded-for`. */
    async logIn(username: string, typed = password, headers: Record<string, string> = {}) {
      return as(undefined, headers).post('/sessions', { username, password: typed })
    },
    /** What was written to the log about this event. */
    audited(event: string) {
      const all = lines.map((line) => JSON.parse(line))
      return all.filter(({ audit }) => audit === event)
    }
  }
}

/** The ids of all sessions that have ended. */
export async function endedSessions(users: Awaited<ReturnType<typeof startUsers>>) {
  const { ended } = (await users.nobody.get('/sessions/ended')).json()
  return ended.map(({ session_id }: { session_id: string }) => session_id)
}
