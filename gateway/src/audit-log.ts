import { audit, networkOf, type ProblemError } from '@gatehouse/service-kit'
import type { FastifyBaseLogger } from 'fastify'
import type { RevokedToken } from './auth/authorize.ts'
import type { Exchange } from './exchange.ts'

/** A refusal is told at once, and how often it came again once in this time, in ms. */
const windowMs = 60_000
/** Different refusals that are counted in a window; a flood from more clients than that is told as one. */
const maxCounted = 10_000

type Fields = Parameters<typeof audit>[2]

interface Counted {
  event: string
  fields: Fields
  /** How often it came again. */
  again: number
}

/** What a refusal is called in the audit log: a bad token, a forbidden thing, a limit. */
const events: Record<string, string> = {
  'invalid-token': 'token',
  'not-allowed': 'access',
  'origin-not-allowed': 'access',
  'too-many-requests': 'rate'
}

function headerList({ id, forwarded, request, match, claims }: Exchange, problem: ProblemError) {
  const ended = problem.cause as RevokedToken | undefined
  return {
    result: problem.status === 429 ? 'throttled' : 'refused',
    reason: ended ? 'session-ended' : problem.slug,
    user_id: claims?.sub ?? ended?.user_id ?? null,
    session_id: claims?.sid ?? ended?.session_id,
    ip: forwarded.client,
    request_id: id,
    method: request.method,
    route: match?.route.route.path
  }
}

/** Who is refused what, whatever the request is called. */
const keyOf = (event: string, { reason, user_id, ip, method, route }: Fields) =>
  [event, reason, user_id ?? networkOf(ip ?? ''), method, route].join(' ')

export type Refusals = ReturnType<typeof createRefusals>

/**
 * Writes what the gateway refuses into the audit log: bad tokens, 403 and 429. Whoever is refused the same again is told
 * once a minute with a number, so that a flood of refused requests is no flood of lines (guarantee K10).
 */
export function createRefusals(log: FastifyBaseLogger) {
  let counted = new Map<string, Counted>()
  const others: Counted = {
    event: 'others',
    fields: { result: 'refused', user_id: null, ip: null },
    again: 0
  }
  let timer: NodeJS.Timeout | undefined

  function tellCounts() {
    const over = [...counted.values(), { ...others }].filter(({ again }) => again > 0)
    counted = new Map()
    others.again = 0
    for (const { event, fields, again } of over) {
      const { request_id: _, ...same } = fields
      audit(log, event, { ...same, again })
    }
  }

  return {
    /** Tells of a refusal; gives nothing for one that is no matter of rights, such as a 404 or a missing token. */
    note(exchange: Exchange, problem: ProblemError) {
      const event = events[problem.slug]
      if (event === undefined) return
      const fields = headerList(exchange, problem)
      const key = keyOf(event, fields)
      const known = counted.get(key) ?? (counted.size < maxCounted ? undefined : others)
      if (known) {
        known.again += 1
        return
      }
      counted.set(key, { event, fields, again: 0 })
      audit(log, event, fields)
    },
    start() {
      timer = setInterval(tellCounts, windowMs).unref()
    },
    /** Tells what has not been told yet. */
    stop() {
      clearInterval(timer)
      tellCounts()
    }
  }
}
