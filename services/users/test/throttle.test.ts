import { type TestContext, test } from 'node:test'
import { ownServer } from '@gatehouse/database/testing'
import { limits } from '../src/throttle/limits.ts'
import { password, startUsers, uniqueAddress, uniqueName } from './start-users.ts'

type Users = Awaited<ReturnType<typeof startUsers>>

const from = (address: string) => ({ 'x-forwarded-for': address })

/** Tries wrong passwords for `name`, one after the other, and gives the statuses. */
async function guess(users: Users, name: string, address: string, times: number) {
  const statuses: number[] = []
  for (let index = 0; index < times; index += 1)
    statuses.push((await users.logIn(name, `guess ${index}`, from(address))).statusCode)
  return statuses
}

test('C5 answers 429 after five wrong passwords, whatever the next one is', async (t: TestContext) => {
  const users = await startUsers(t)
  const { username, id } = await users.register()
  const address = uniqueAddress()

  const statuses = await guess(users, username, address, 6)
  const right = await users.logIn(username, password, from(address))

  t.assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429])
  t.assert.equal(right.statusCode, 429)
  t.assert.equal(right.json().type, '/problems/too-many-attempts')
  t.assert.match(right.json().detail, /in 15 minutes/)
  const wait = Number(right.headers['retry-after'])
  t.assert.ok(wait > 880 && wait <= 900, `${wait} s`)
  const last = users.audited('login').at(-1)
  t.assert.deepEqual([last.result, last.user_id, last.ip], ['throttled', id, address])
})

test('C18 locks out neither the victim elsewhere nor another account from there', async (t: TestContext) => {
  const users = await startUsers(t)
  const victim = await users.register()
  const neighbour = await users.register()
  const address = uniqueAddress()
  await guess(users, victim.username, address, 20)

  const elsewhere = await users.logIn(victim.username, password, from(uniqueAddress()))
  const other = await users.logIn(neighbour.username, password, from(address))

  t.assert.equal(elsewhere.statusCode, 201)
  t.assert.equal(other.statusCode, 201)
})

test('C5 counts a wrong password for fifteen minutes, and none before a right one', async (t: TestContext) => {
  const users = await startUsers(t)
  const { username } = await users.register()
  const address = uniqueAddress()
  const old = new Date(Date.now() - limits.windowMinutes * 60_000)
  await guess(users, username, address, 5)
  await users.prisma.loginFailure.updateMany({
    where: { network: address.replace('::1', '') },
    data: { at: old }
  })

  const later = await guess(users, username, address, 4)
  const right = await users.logIn(username, password, from(address))
  const after = await guess(users, username, address, 5)

  t.assert.deepEqual(later, [401, 401, 401, 401])
  t.assert.equal(right.statusCode, 201)
  t.assert.deepEqual(after, [401, 401, 401, 401, 401])
})

test('C19 leaves a guesser with many addresses one try from each, and lets the user in', async (t: TestContext) => {
  const users = await startUsers(t)
  const { username } = await users.register()
  const home = uniqueAddress()
  await users.logIn(username, password, from(home))
  for (let index = 0; index < 10; index += 1) await guess(users, username, uniqueAddress(), 5)

  const fresh = await guess(users, username, uniqueAddress(), 3)
  const known = await guess(users, username, home, 2)
  const right = await users.logIn(username, password, from(home))
  const away = await users.logIn(username, password, from(uniqueAddress()))

  t.assert.deepEqual(fresh, [401, 429, 429])
  t.assert.deepEqual(known, [401, 429])
  t.assert.equal(right.statusCode, 201)
  t.assert.equal(away.statusCode, 201)
})

test('C6 answers 429 to one who tries many accounts, but not to who logged in from there', async (t: TestContext) => {
  const users = await startUsers(t)
  const regular = await users.register()
  const stranger = await users.register()
  const address = uniqueAddress()
  await users.logIn(regular.username, password, from(address))
  const statuses: number[] = []

  for (let index = 0; index < 50; index += 1)
    statuses.push(...(await guess(users, uniqueName(), address, 1)))
  const known = await users.logIn(regular.username, password, from(address))
  const unknown = await users.logIn(stranger.username, password, from(address))

  t.assert.equal(statuses.indexOf(429), limits.perNetwork)
  t.assert.equal(known.statusCode, 201)
  t.assert.equal(unknown.statusCode, 429)
})

test('C6 tells a network that is over its limit nothing of which names exist', async (t: TestContext) => {
  const users = await startUsers(t)
  const regular = await users.register()
  const stranger = await users.register()
  const address = uniqueAddress()
  await users.logIn(regular.username, password, from(address))
  for (let index = 0; index < limits.perNetwork; index += 1)
    await guess(users, uniqueName(), address, 1)

  const answers = await Promise.all(
    [regular.username, stranger.username, uniqueName()].map(async (name) =>
      users.logIn(name, 'wrong', from(address))
    )
  )
  const right = await users.logIn(regular.username, password, from(address))

  const told = answers.map((answer) => [answer.statusCode, answer.json().detail])
  t.assert.deepEqual(new Set(told.map(([status]) => status)), new Set([429]))
  t.assert.equal(new Set(told.map(([, detail]) => detail)).size, 1)
  t.assert.equal(right.statusCode, 201)
})

const impossible = ['ada@example.org', 'Ada Lovelace', 'a'.repeat(65), '', '\u0000', '\u0430da']
for (const name of impossible)
  test(`C7 counts the impossible name ${JSON.stringify(name).slice(0, 20)} against no account`, async (t: TestContext) => {
    const users = await startUsers(t)
    const neighbours = [await users.register(), await users.register()]
    const address = uniqueAddress()

    const statuses = await guess(users, name, address, limits.perNetwork + 10)
    const wrong = await guess(users, neighbours[0]?.username, address, 5)
    const right = await users.logIn(neighbours[1]?.username, password, from(address))

    t.assert.deepEqual(statuses.slice(0, 6), [401, 401, 401, 401, 401, 429])
    t.assert.deepEqual(wrong, [401, 401, 401, 401, 401])
    t.assert.equal(right.statusCode, 201)
  })

test('C7 counts every spelling of a name and every address of a network as one', async (t: TestContext) => {
  const users = await startUsers(t)
  const { username } = await users.register()
  const spellings = [
    username,
    username.toUpperCase(),
    ` ${username} `,
    username.replace('u', '\uff55'),
    username.replace('s', '\u017f')
  ]
  const [network] = uniqueAddress().split('::')

  const statuses: number[] = []
  for (const [index, name] of spellings.entries())
    statuses.push(...(await guess(users, name, `${network}::${index + 1}`, 1)))
  const next = await Promise.all(
    spellings.map(async (name) => (await guess(users, name, `${network}:ffff::1`, 1))[0])
  )

  t.assert.deepEqual(statuses, [401, 401, 401, 401, 401])
  t.assert.deepEqual(next, [429, 429, 429, 429, 429])
})

test('C7 believes the first address of x-forwarded-for, and no other header', async (t: TestContext) => {
  const users = await startUsers(t)
  const { username } = await users.register()
  const address = uniqueAddress()
  const statuses: number[] = []

  for (let index = 0; index < 6; index += 1) {
    const other = uniqueAddress()
    const headers = {
      ...from(`${address}, ${other}`),
      forwarded: `for="[${other}]"`,
      'x-real-ip': other
    }
    statuses.push((await users.logIn(username, 'wrong', headers)).statusCode)
  }

  t.assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429])
})

test('C8 counts over replicas and exactly, with twenty at once', async (t: TestContext) => {
  const options = { cores: 4 }
  const replicas = [await startUsers(t, options), await startUsers(t, options)]
  const { username } = (await replicas[0]?.register()) ?? {}
  const address = uniqueAddress()

  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) =>
      replicas[index % 2]?.logIn(username, 'wrong', from(address))
    )
  )

  const statuses = answers.map((answer) => answer?.statusCode)
  t.assert.equal(statuses.filter((status) => status === 401).length, 5)
  t.assert.equal(statuses.filter((status) => status === 429).length, 15)
})

test('C8 does not count right passwords, however many come at once', async (t: TestContext) => {
  const users = await startUsers(t, { cores: 20 })
  const { username } = await users.register()

  const logins = await Promise.all(Array.from({ length: 30 }, async () => users.logIn(username)))

  t.assert.deepEqual(new Set(logins.map(({ statusCode }) => statusCode)), new Set([201]))
})

test('C14 counts no attempt that could not be decided', async (t: TestContext) => {
  const server = await ownServer(t)
  const users = await startUsers(t, { url: server.url })
  const { username } = await users.register()
  const address = uniqueAddress()
  await server.stop()

  const during = await guess(users, username, address, 8)
  await server.start()
  const after = await guess(users, username, address, 6)

  t.assert.deepEqual(new Set(during), new Set([503]))
  t.assert.deepEqual(after, [401, 401, 401, 401, 401, 429])
})

test('D1 counts a wrong current password like a login that fails', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const path = '/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f'
  const change = async (current_password: string) =>
    user.put(path, { current_password, new_password: 'a different good password' })

  const statuses: number[] = []
  for (let index = 0; index < 6; index += 1) statuses.push((await change('wrong')).statusCode)
  const right = await change(password)

  t.assert.deepEqual(statuses, [403, 403, 403, 403, 403, 429])
  t.assert.equal(right.statusCode, 429)
  t.assert.equal((await users.logIn(user.username)).statusCode, 429)
  t.assert.equal(
    (await users.logIn(user.username, password, from(uniqueAddress()))).statusCode,
    201
  )
})
