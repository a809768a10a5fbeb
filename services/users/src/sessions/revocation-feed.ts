import { badRequest, isId } from '@gatehouse/service-kit'
import type { EndedSessions } from './contract.ts'

export const pageSize = 1000
const nobody = '00000000-0000-0000-0000-000000000000'

/** From where on ended sessions are told: after this session of this transaction, and not before this time. */
export interface Position {
  transaction: bigint
  session: string
  time: Date
  /** The transaction to start over at after the last page; null where this is the first one. */
  restart: bigint | null
}

/** A session as the store gives it. */
export interface EndedRow {
  id: string
  ended_at: Date
  ended_in: bigint
}

/** All transactions before `horizon` are committed or rolled back. */
export interface EndedPage {
  rows: EndedRow[]
  horizon: bigint
}

const epoch = new Date(0)
const start = { transaction: 0n, session: nobody, time: epoch, restart: null }
const shape = /^([0-9]{1,18})\.([0-9a-f-]{36})(?:\.([0-9]{1,18}))?$/
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/

/** Reads `since`, a cursor or a time; throws 400 where it is neither. */
export function readPosition(since: string | undefined): Position {
  if (since === undefined) return start
  const time = isoTime.test(since) ? new Date(since) : null
  if (time && !Number.isNaN(time.getTime())) return { ...start, time }
  const [, transaction = '', session = '', from] = shape.exec(since) ?? []
  const restart = from === undefined ? null : BigInt(from)
  if (isId(session)) return { ...start, transaction: BigInt(transaction), session, restart }
  const detail = 'must be a time in UTC or the `next` of an answer'
  throw badRequest('invalid-request', detail, [{ pointer: '#/query/since', detail }])
}

/**
 * The answer for a page that follows `position`, and where the next one starts. A transaction that began
 * before others may commit after them, so after the last page the next answer starts over at the oldest one
 * that was running when the first page was read: what it ends is not missed, at the price of telling what is
 * younger twice. A clock would need a guess at how late a commit may be. A full page goes on after its last
 * row whatever is running, in this database or another of the server; otherwise one long transaction would
 * have the same page told again and again.
 */
export function revocationPage({ rows, horizon }: EndedPage, position: Position): EndedSessions {
  const ended = rows.map(({ id, ended_at }) => ({
    session_id: id,
    ended_at: ended_at.toISOString()
  }))
  const restart = position.restart ?? horizon
  const last = rows.length === pageSize ? rows.at(-1) : undefined
  const next = last ? `${last.ended_in}.${last.id}.${restart}` : `${restart}.${nobody}`
  return { ended, next }
}
