// What a checked token costs the gateway: the functions that its edge calls, in this process, without HTTP around them.
import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Fastify from 'fastify'
import { createTokens, registerKeys } from '../../gateway/src/auth/access-tokens.ts'
import { createAuthenticate } from '../../gateway/src/auth/authorize.ts'
import { createRevokedSessions } from '../../gateway/src/auth/session-revocation.ts'
import { parseTable } from '../../gateway/src/route-table/load.ts'
import { matcherOf } from '../../gateway/src/route-table/router.ts'
import { median } from './figures.ts'
import { readOptions } from './options.ts'
import { jwtSecret } from './token.ts'

const endedCount = 100_000
/** A page of the feed of ended sessions: as many ids come in one answer. */
const pageSize = 1000
const tokensARound = 20_000
const seenTokens = 1000
const warmUps = 2

const limit = Number.POSITIVE_INFINITY
const options = readOptions({ rounds: 5, 'at-most-us': limit, 'at-most-mb': limit })

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const option = { secrets: [jwtSecret], issuer: 'gatehouse', audience: 'gatehouse', ttlMs: 900_000 }
const app = Fastify()
const tokens = createTokens(await registerKeys(app, option), option)
const revoked = createRevokedSessions({ feeds: [], ttlMs: option.ttlMs, log: app.log })
const authenticate = createAuthenticate({ tokens, revoked, userTypes: ['default', 'admin'] })
const table = `services: { x: { url: "http://x" } }
routes: { "GET /things/:id": { to: x, allow: [admin, user] } }`
const match = matcherOf(parseTable(table, 'bench', {})).match('GET', '/things/1')
if (match === null) throw new Error('The line of the bench does not match.')

const bearer = (session_id: string) =>
  `Bearer ${tokens.issue({ user_id: randomUUID(), user_type: 'default', session_id })}`
const check = (authorization: string) => authenticate({ claims: null }, match, authorization)

/** Megabytes that stay in use after `work`. */
function megabytesOf(work: () => void): number {
  collect()
  const before = process.memoryUsage().heapUsed
  work()
  collect()
  return (process.memoryUsage().heapUsed - before) / 1e6
}

/** Processor time of each of `count` calls in µs, that of collecting garbage with it. */
function microsecondsOf(count: number, work: () => void): number {
  collect()
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

function endSessions() {
  for (let done = 0; done < endedCount; done += pageSize) {
    const page = JSON.stringify(Array.from({ length: pageSize }, () => randomUUID()))
    // Parsed as the feed's answer is, for a string's memory depends on where it came from.
    for (const id of JSON.parse(page) as string[]) revoked.add(id)
  }
}

function refusesEnded() {
  const session = randomUUID()
  revoked.add(session)
  try {
    check(bearer(session))
  } catch {
    return
  }
  throw new Error('The token of an ended session is taken: there is nothing to measure.')
}

/** Checks tokens that nobody has sent before, then a thousand of them again and again. */
function round() {
  const fresh = Array.from({ length: tokensARound }, () => bearer(randomUUID()))
  const seen = fresh.slice(-seenTokens)
  return {
    fresh: microsecondsOf(tokensARound, () => fresh.forEach(check)),
    seen: microsecondsOf(tokensARound, () => {
      for (let done = 0; done < tokensARound; done += seenTokens) seen.forEach(check)
    })
  }
}

const megabytes = megabytesOf(endSessions)
refusesEnded()
for (let warm = 0; warm < warmUps; warm += 1) round()
const rounds = Array.from({ length: options.rounds }, round)
const fresh = median(rounds.map((one) => one.fresh))
const seen = median(rounds.map((one) => one.seen))

console.log(`with ${endedCount} ended sessions, medians of ${rounds.length} rounds of ${tokensARound} tokens

a token that was never seen, its HMAC checked   ${fresh.toFixed(2).padStart(6)} µs
a token among ${seenTokens} that were seen before       ${seen.toFixed(2).padStart(6)} µs
the ended sessions                              ${megabytes.toFixed(2).padStart(6)} MB`)
if (fresh > options['at-most-us'] || megabytes > options['at-most-mb']) {
  console.error('That is more than was allowed.')
  process.exitCode = 1
}
