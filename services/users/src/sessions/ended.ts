import { badRequest, isId } from '@gatehouse/service-kit'
import type { EndedSessions } from './contract.ts'

export const pageSize = 1000
const nobody = '00000000-0000-0000-0000-000000000000'

/** From where on ended sessions are told: after this session of this transaction, and not before this time. */
export interface Position {
  transaction: bigint
  session: string
  time: Date
}

/** A session as the store gives it; all transactions before `horizon` are committed or rolled back. */
export interface EndedRow {
  id: string
  ended_at: Date
  ended_in: bigint
  horizon: bigint
}

const epoch = new Date(0)
const shape = /^([0-9]{1,18})\.([0-9a-f-]{36})$/
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/

/** Reads `since`, a cursor or a time; throws 400 where it is neither. */
export function readPosition(since: string | undefined): Position {
  if (since === undefined) return { transaction: 0n, session: nobody, time: epoch }
  const time = isoTime.test(since) ? new Date(since) : null
  if (time && !Number.isNaN(time.getTime())) return { transaction: 0n, session: nobody, time }
  const [, transaction = '', session = ''] = shape.exec(since) ?? []
  if (isId(session)) return { transaction: BigInt(transaction), session, time: epoch }
  const detail = 'must be a time in UTC or the `next` of an answer'
  throw badRequest('invalid-request', detail, [{ pointer: '#/query/since', detail }])
}

/**
 * The answer for `rows`, and where the next one starts. A transaction that began before others may commit after
 * them, so the next answer starts at the oldest one that was still running: what it ends is not missed, at
 * the price of telling what is younger twice. A clock would need a guess at how late a commit may be.
 */
export function answerOf(rows: EndedRow[], since: string | undefined): EndedSessions {
  const ended = rows.map(({ id, ended_at }) => ({
    session_id: id,
    ended_at: ended_at.toISOString()
  }))
  const last = rows.at(-1)
  if (last === undefined) return { ended, next: since ?? `0.${nobody}` }
  const more = rows.length === pageSize && last.ended_in < last.horizon
  return { ended, next: more ? `${last.ended_in}.${last.id}` : `${last.horizon}.${nobody}` }
}
