// `npm run bench -- refusals`: whether the time of a refused login tells why it was refused (guarantee C2).
import { median, say } from './figures.ts'
import { readOptions } from './options.ts'
import { postLogin, startSystem, tokenOf } from './system.ts'

const options = readOptions({ trials: 200, cost: 12, 'at-most-percent': 5 })
const { trials, cost } = options
const wrong = 'not the password of anybody'
const right = 'correct horse battery staple'
let count = 0

/** A network that nobody has asked from: the gateway believes this header of the proxy that we are here. */
function elsewhere() {
  count += 1
  return {
    'x-forwarded-for': `2001:db8:${(count >> 16).toString(16)}:${(count & 0xffff).toString(16)}::1`
  }
}

async function call(url: string, token: string, method: string, path: string, body: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path} gave ${response.status}.`)
  return (await response.json()) as { id: string }
}

/** The four kinds of refusal, each as who asks for what, from where, and what is answered. */
async function prepare(url: string) {
  const admin = await tokenOf(url, 'admin', 'a')
  const create = async (username: string) =>
    call(url, admin, 'POST', '/api/users', { username, password: right })
  await create('known')
  const { id } = await create('disabled')
  await create('throttled')
  await call(url, admin, 'PATCH', `/api/users/${id}`, { disabled: true })
  const blocked = { 'x-forwarded-for': '192.0.2.1' }
  for (let index = 0; index < 5; index += 1)
    await postLogin(url, { username: 'throttled', password: wrong }, blocked)
  return {
    'unknown user': { username: 'unknown', password: wrong, from: elsewhere, status: 401 },
    'wrong password': { username: 'known', password: wrong, from: elsewhere, status: 401 },
    'disabled account': { username: 'disabled', password: right, from: elsewhere, status: 401 },
    'throttled account': {
      username: 'throttled',
      password: right,
      from: () => blocked,
      status: 429
    }
  }
}

/** The time of one refusal, in ms. */
async function time(url: string, kind: Awaited<ReturnType<typeof prepare>>['unknown user']) {
  const { username, password, from, status } = kind
  const start = performance.now()
  const response = await postLogin(url, { username, password }, from())
  await response.arrayBuffer()
  const ms = performance.now() - start
  if (response.status !== status) throw new Error(`${username}: ${response.status}`)
  return ms
}

async function measure(url: string) {
  const kinds = Object.entries(await prepare(url))
  const times = kinds.map(() => [] as number[])
  for (let trial = 0; trial < trials; trial += 1)
    // Each round in another order, so that no kind always follows the same other.
    for (let step = 0; step < kinds.length; step += 1) {
      const index = (step + trial) % kinds.length
      const kind = kinds[index]
      if (kind) times[index]?.push(await time(url, kind[1]))
    }
  return kinds.map(([name], index) => ({ name, ms: median(times[index] ?? []) }))
}

const system = await startSystem({ BCRYPT_COST: String(cost), TRUSTED_PROXIES: '127.0.0.1/32' })
try {
  const medians = await measure(system.url)
  const all = medians.map(({ ms }) => ms)
  const spread = ((Math.max(...all) - Math.min(...all)) / median(all)) * 100
  say(`| refused | median of ${trials} |\n|---|---|`)
  for (const { name, ms } of medians) say(`| ${name} | ${ms.toFixed(2)} ms |`)
  say(`\nThe medians are ${spread.toFixed(2)} % of the time of a hash apart (bcrypt cost ${cost}).`)
  if (spread > options['at-most-percent']) process.exitCode = 1
} finally {
  await system.stop()
}
