import { type TestContext, test } from 'node:test'
import { ownServer, testDatabase } from '@gatehouse/database/testing'
import { forgetOldSessions } from '../src/sessions/sweep.ts'
import { startUsers } from './start-users.ts'

async function startAlone(t: TestContext, server?: { url: string }) {
  const users = await startUsers(t, { url: server?.url ?? (await testDatabase(t, 'users')) })
  const user = await users.register()
  const logIn = async () => (await users.logIn(user.username)).json().session_id as string
  const end = async (id: string) => user.post(`/sessions/${id}/end`)
  const ended = async (since?: string) => {
    const path = since === undefined ? '' : `?since=${encodeURIComponent(since)}`
    const response = await users.nobody.get(`/sessions/ended${path}`)
    t.assert.equal(response.statusCode, 200)
    const body = response.json()
    const ids = body.ended.map(({ session_id }: { session_id: string }) => session_id)
    return { ids, next: body.next as string, ended: body.ended }
  }
  return { users, user, logIn, end, ended }
}

type Ended = Awaited<ReturnType<typeof startAlone>>['ended']
type Users = Awaited<ReturnType<typeof startUsers>>

async function createSessions({ prisma }: Users, user_id: string, length: number) {
  const expires_at = new Date(Date.now() + 60_000)
  await prisma.session.createMany({ data: Array.from({ length }, () => ({ user_id, expires_at })) })
}

/** Adds to `seen` what that many pages tell, and gives where to go on. */
async function readPages(ended: Ended, pages: number, seen: Set<string>, from?: string) {
  let since = from
  for (let page = 0; page < pages; page += 1) {
    const { ids, next } = await ended(since)
    for (const id of ids) seen.add(id)
    since = next
  }
  return since
}

test('B22 tells of a session that has ended, once, and from then on of the next', async (t: TestContext) => {
  // Where a transaction of another test is running, on the same server, sessions are told more than once.
  const { logIn, end, ended } = await startAlone(t, await ownServer(t))
  const [first, second] = [await logIn(), await logIn()]
  const none = await ended()

  await end(first)
  const one = await ended(none.next)
  await end(second)
  const two = await ended(one.next)
  const rest = await ended(two.next)

  t.assert.deepEqual(none.ids, [])
  t.assert.deepEqual(one.ids, [first])
  t.assert.match(one.ended[0].ended_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.assert.deepEqual(two.ids, [second])
  t.assert.deepEqual(rest.ids, [])
})

test('B22 does not miss a session whose end is committed after later ones', async (t: TestContext) => {
  const { users, logIn, end, ended } = await startAlone(t)
  const [late, early, third] = [await logIn(), await logIn(), await logIn()]
  const { next } = await ended()
  const told = Promise.withResolvers<Awaited<ReturnType<typeof ended>>>()

  await users.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`
      update sessions set ended_at = clock_timestamp(),
        ended_in = pg_current_xact_id()::text::bigint where id = ${late}::uuid`
    await end(early)
    told.resolve(await ended(next))
  })
  await end(third)
  const before = await told.promise
  const after = await ended(before.next)

  t.assert.deepEqual(before.ids, [early])
  t.assert.equal(after.ids.includes(late), true)
  t.assert.equal(after.ids.includes(third), true)
})

test('tells everything in pages where much has ended at once', async (t: TestContext) => {
  const { users, user, ended } = await startAlone(t)
  await createSessions(users, user.id, 2500)
  await users.admin.delete(`/users/${user.id}`)
  const seen = new Set<string>()

  await readPages(ended, 3, seen)

  t.assert.equal(seen.size, 2500)
})

test('B22 tells everything in pages while a transaction of another database goes on', async (t: TestContext) => {
  const { users, user, ended } = await startAlone(t)
  const other = await startUsers(t, { url: await testDatabase(t, 'users') })
  await createSessions(users, user.id, 2500)
  const seen = new Set<string>()

  await other.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`select pg_current_xact_id()::text`
      await users.admin.delete(`/users/${user.id}`)
      await readPages(ended, 4, seen)
    },
    { timeout: 30_000 }
  )

  t.assert.equal(seen.size, 2500)
})

test('B22 does not miss a session whose end is committed after pages of later ones', async (t: TestContext) => {
  const { users, logIn, ended } = await startAlone(t)
  const late = await logIn()
  const many = await users.register()
  await createSessions(users, many.id, 2500)
  const before = new Set<string>()
  const after = new Set<string>()

  const next = await users.prisma.$transaction(
    async (tx) => {
      await tx.$executeRaw`
        update sessions set ended_at = clock_timestamp(),
          ended_in = pg_current_xact_id()::text::bigint where id = ${late}::uuid`
      await users.admin.delete(`/users/${many.id}`)
      return readPages(ended, 3, before)
    },
    { timeout: 30_000 }
  )
  await readPages(ended, 1, after, next)

  t.assert.equal(before.size, 2500)
  t.assert.equal(before.has(late), false)
  t.assert.equal(after.has(late), true)
})

test('starts at a time as well, and refuses what is neither', async (t: TestContext) => {
  const { users, logIn, end, ended } = await startAlone(t)
  const id = await logIn()
  await end(id)

  const before = await ended(new Date(Date.now() - 60_000).toISOString())
  const after = await ended(new Date(Date.now() + 60_000).toISOString())
  const wrong = await users.nobody.get('/sessions/ended?since=yesterday')

  t.assert.deepEqual(before.ids, [id])
  t.assert.deepEqual(after.ids, [])
  t.assert.equal(wrong.statusCode, 400)
})

test('reads the ended sessions by an index', async (t: TestContext) => {
  const { users, logIn, end } = await startAlone(t)
  await end(await logIn())

  const plan = await users.prisma.$transaction(async (tx) => {
    // The table is too small for the planner to bother; what counts is that the index can do it all.
    await tx.$executeRaw`set local enable_seqscan = off`
    await tx.$executeRaw`set local enable_bitmapscan = off`
    return tx.$queryRaw`explain select id from sessions
      where (ended_in, id) > (1::bigint, '00000000-0000-0000-0000-000000000000'::uuid)
      order by ended_in, id limit 1000`
  })

  t.assert.match(JSON.stringify(plan), /sessions_ended_in_id_idx/)
  t.assert.doesNotMatch(JSON.stringify(plan), /Sort/)
})

test('forgets what ended or expired a day ago, and nothing else', async (t: TestContext) => {
  const { users, user, logIn, end } = await startAlone(t)
  const [fresh, old, lapsed] = [await logIn(), await logIn(), await logIn()]
  await end(fresh)
  await end(old)
  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  const { session } = users.prisma
  await session.update({ where: { id: old }, data: { ended_at: yesterday } })
  await session.update({ where: { id: lapsed }, data: { expires_at: yesterday } })
  const open = await logIn()

  const count = await forgetOldSessions(users.stores.sessions)

  t.assert.equal(count, 2)
  const kept = await session.findMany({ where: { user_id: user.id }, orderBy: { id: 'asc' } })
  t.assert.deepEqual(
    kept.map(({ id }) => id),
    [fresh, open]
  )
})

test('ends own sessions only, and any number of times', async (t: TestContext) => {
  const { users, logIn, end, ended } = await startAlone(t)
  const id = await logIn()
  const other = await users.register()

  const anothers = await other.post(`/sessions/${id}/end`)
  const unknown = await end('0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90')
  const anonymous = await users.nobody.post(`/sessions/${id}/end`)
  const none = await ended()
  const own = await end(id)
  const again = await end(id)

  t.assert.equal(anothers.statusCode, 404)
  t.assert.equal(unknown.statusCode, 404)
  t.assert.equal(anonymous.statusCode, 401)
  t.assert.deepEqual(none.ids, [])
  t.assert.equal(own.statusCode, 204)
  t.assert.equal(again.statusCode, 204)
})
