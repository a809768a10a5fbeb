import { equal } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createPasswords } from '../src/passwords/passwords.ts'
import { password, startUsers, uniqueAddress, uniqueName } from './start-users.ts'

const cost = 8
const rounds = 8
const wrong = 'not the password'

type Users = Awaited<ReturnType<typeof startUsers>>

/** A refusal: who asks for what, from an address that nobody has asked from or from one that is blocked. */
interface Kind {
  name: string
  typed: string
  from?: string
  status: number
}

/** The processor time of this process since `before`, its threads' with it, in ms: the same on a busy machine. */
function cpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/**
 * The least processor time of each of `kinds`: what else this process does adds to it and takes nothing away.
 * Interleaved, so that it meets all of them.
 */
async function measure(users: Users, kinds: Record<string, Kind>) {
  const least: Record<string, number> = {}
  for (let round = 0; round < rounds; round += 1)
    for (const [kind, { name, typed, from = uniqueAddress(), status }] of Object.entries(kinds)) {
      const start = process.cpuUsage()
      const { statusCode } = await users.logIn(name, typed, { 'x-forwarded-for': from })
      least[kind] = Math.min(least[kind] ?? Number.POSITIVE_INFINITY, cpuMs(start))
      equal(statusCode, status, kind)
    }
  return least
}

/** The processor time of one hash of the cost of these tests, in ms. */
async function hashMs() {
  const { hash } = createPasswords({ cost })
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage()
    await hash(wrong)
    times.push(cpuMs(start))
  }
  return Math.min(...times)
}

/** An account whose hash was made with a lower cost. */
async function outdated(users: Users, typed: string) {
  const { id, username } = await users.register()
  const password_hash = await createPasswords({ cost: cost - 2 }).hash(typed)
  await users.prisma.user.update({ where: { id }, data: { password_hash } })
  return { id, username }
}

async function disable({ admin }: Users, { id, username }: { id: string; username: string }) {
  equal((await admin.patch(`/users/${id}`, { disabled: true })).statusCode, 200)
  return username
}

async function throttle(users: Users, username: string) {
  const from = uniqueAddress()
  for (let index = 0; index < 5; index += 1)
    await users.logIn(username, wrong, { 'x-forwarded-for': from })
  return { name: username, typed: password, from, status: 429 }
}

test('C2 takes one hash, not less and not more, for every kind of refusal', async (t: TestContext) => {
  const users = await startUsers(t, { cost })
  const refused = (name: string, typed = wrong) => ({ name, typed, status: 401 })
  const kinds: Record<string, Kind> = {
    wrong: refused((await users.register()).username),
    unknown: refused(uniqueName()),
    outdated: refused((await outdated(users, password)).username),
    disabled: refused(await disable(users, await users.register()), password),
    disabledOutdated: refused(await disable(users, await outdated(users, password)), password),
    throttled: await throttle(users, (await users.register()).username),
    throttledOutdated: await throttle(users, (await outdated(users, password)).username),
    throttledUnknown: await throttle(users, uniqueName()),
    empty: refused(''),
    single: refused('a'),
    long: refused('a'.repeat(255)),
    hostile: refused('\u0000')
  }

  let last: Record<string, number> = {}
  // Other test files share the processors and may disturb a measurement; a hash too few or too many disturbs all.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const bound = (await hashMs()) / 2
    const { wrong: expected = 0, ...others } = await measure(users, kinds)
    const differences = Object.entries(others).map(([kind, ms]) => [kind, ms - expected] as const)
    last = Object.fromEntries(differences)
    if (differences.every(([, ms]) => Math.abs(ms) < bound)) return
  }
  t.assert.fail(`the least processor times differ by ${JSON.stringify(last)} ms`)
})
