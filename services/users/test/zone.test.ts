import { type TestContext, test } from 'node:test'
import { testDatabase } from '@gatehouse/database/testing'
import { startUsers } from './start-users.ts'

const minuteMs = 60_000
const isNow = (time: string) => Math.abs(Date.parse(time) - Date.now()) < minuteMs

for (const zone of ['America/New_York', 'Asia/Kolkata'])
  test(`H9 times, expiry and the revocation feed are right where the database is in ${zone}`, async (t: TestContext) => {
    const url = await testDatabase(t, 'users', [`timezone = '${zone}'`, `datestyle = 'German'`])
    const users = await startUsers(t, { url, refreshTtlMs: 30 * minuteMs })
    const ada = await users.register()
    const login = (await users.logIn(ada.username)).json()

    const refreshed = await users.nobody.post('/sessions/refresh', {
      refresh_token: login.refresh_token
    })
    await ada.post(`/sessions/${login.session_id}/end`)
    const since = new Date(Date.now() - minuteMs).toISOString()
    const feed = (await users.nobody.get(`/sessions/ended?since=${since}`)).json()
    const later = new Date(Date.now() + minuteMs).toISOString()
    const none = (await users.nobody.get(`/sessions/ended?since=${later}`)).json()

    t.assert.ok(isNow(ada.created_at), ada.created_at)
    t.assert.ok(isNow(ada.updated_at), ada.updated_at)
    t.assert.equal(refreshed.statusCode, 200)
    t.assert.deepEqual(
      feed.ended.map(({ session_id }: { session_id: string }) => session_id),
      [login.session_id]
    )
    t.assert.ok(isNow(feed.ended[0].ended_at), feed.ended[0].ended_at)
    t.assert.deepEqual(none.ended, [])
  })
