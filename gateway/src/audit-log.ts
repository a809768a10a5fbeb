import { audit, networkOf, type ProblemError } from '@gatehouse/service-kit'
import type { FastifyBaseLogger } from 'fastify'
import type { RevokedToken } from './auth/authorize.ts'
import type { Exchange } from './exchange.ts'

/** A refusal is logged at once; its repetitions are logged as a count once in this time, in ms. */
const windowMs = 60_000
/** Different refusals that are counted in a window; further ones are logged as `others`. */
const maxCounted = 10_000

type Fields = Parameters<typeof audit>[2]

interface Counted {
  event: string
  fields: Fields
  /** Number of repetitions. */
  again: number
}

/** The audit event of a problem slug. */
const events: Record<string, string> = {
  'invalid-token': 'token',
  'not-allowed': 'access',
  'origin-not-allowed': 'access',
  'too-many-requests': 'rate'
}

function auditFields({ id, forwarded, request, match, claims }: Exchange, problem: ProblemError) {
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

/** Refusals with the same key are repetitions. */
const keyOf = (event: string, { reason, user_id, ip, method, route }: Fields) =>
  [event, reason, user_id ?? networkOf(ip ?? ''), method, route].join(' ')

export type Refusals = ReturnType<typeof createRefusals>

/**
 * Writes refusals to the audit log: bad tokens, 403 and 429. Repetitions are logged once a minute as a count, so that a
 * flood of refused requests does not flood the log (guarantee K22).
 */
export function createRefusals(log: FastifyBaseLogger) {
  let counted = new Map<string, Counted>()
  const others: Counted = {
    event: 'others',
    fields: { result: 'refused', user_id: null, ip: null },
    again: 0
  }
  let timer: NodeJS.Timeout | undefined

  function logCounts() {
    const over = [...counted.values(), { ...others }].filter(({ again }) => again > 0)
    counted = new Map()
    others.again = 0
    for (const { event, fields, again } of over) {
      const { request_id: _, ...same } = fields
      audit(log, event, { ...same, again })
    }
  }

  return {
    /** Logs a refusal; ignores problems that are no audit event, such as a 404 or a missing token. */
    note(exchange: Exchange, problem: ProblemError) {
      const event = events[problem.slug]
      if (event === undefined) return
      const fields = auditFields(exchange, problem)
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
      timer = setInterval(logCounts, windowMs).unref()
    },
    /** Logs the counts that are still open. */
    stop() {
      clearInterval(timer)
      logCounts()
    }
  }
}
