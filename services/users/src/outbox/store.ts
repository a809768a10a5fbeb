import { inBatches } from '@gatehouse/database'
import { Prisma, type PrismaClient } from '#db'
import { EventRefused, type News, type UserEvent } from './event.ts'

/** Writes down what has become of a user, after the change and in its transaction. */
export type Announce = (tx: Prisma.TransactionClient, news: News) => Promise<void>

/** The channel of NOTIFY on which the relays hear that there is something to tell. */
export const channel = 'outbox'

export const announce: Announce = async (tx, { author, ...news }) => {
  const by = { changed_by: author.id, request_id: author.request_id }
  await tx.outboxEvent.create({ data: { ...news, ...by }, select: null })
  await tx.$executeRaw`select pg_notify(${channel}, '')`
}

/** For a system in which nobody listens: nothing is written, and so nothing piles up. */
export const announceNothing: Announce = async () => undefined

interface Row extends UserEvent {
  refusals: number
  waited_ms: number
}

/** What became of an attempt; `error` says why an event was not delivered. */
export interface Attempt {
  event: UserEvent
  outcome: 'delivered' | 'refused' | 'parked' | 'away'
  waited_ms: number
  error?: unknown
}

interface Delivery {
  deliver: (event: UserEvent) => Promise<void>
  /** How long to leave an event alone that was not delivered: as often as it was refused, or 0 where it was not. */
  pauseMs: (refusals: number) => number
  maxRefusals: number
}

export type Outbox = ReturnType<typeof createOutbox>

/** Longer than any delivery: that ends by itself, and the lock with it. */
const transactionMs = 60_000

/**
 * The first event of a user that nobody else is delivering, and that is due. It stays locked until the transaction
 * ends, and while it is not delivered no later one of the same user is found, by whichever replica. No row may make the
 * statement fail, whatever is in it (no cast to a narrower type): it would be found again, and hold up everybody's.
 */
const findDue = Prisma.sql`
  select id, type, user_id, changed_by, request_id, data, refusals,
    coalesce(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '') as occurred_at,
    case when isfinite(created_at)
      then round(extract(epoch from clock_timestamp() - created_at) * 1000)::float8 else 0 end as waited_ms
  from outbox_events e
  where delivered_at is null and parked_at is null and due_at <= clock_timestamp()
    and not exists (
      select 1 from outbox_events before
      where before.user_id = e.user_id and before.number < e.number
        and before.delivered_at is null and before.parked_at is null
    )
  order by number limit 1 for update skip locked`

/** An error as a column can hold it: PostgreSQL refuses text with U+0000. */
function reasonOf(error: unknown): string {
  return String(error).replaceAll('\0', '').slice(0, 500)
}

async function note(tx: Prisma.TransactionClient, { row, error, ...next }: Failure) {
  const { refusals, pauseMs, parked } = next
  await tx.$executeRaw`
    update outbox_events
    set refusals = ${refusals}, last_error = ${reasonOf(error)},
      due_at = clock_timestamp() + ${pauseMs}::int * interval '1 millisecond',
      parked_at = case when ${parked} then clock_timestamp() end
    where id = ${row.id}::uuid`
}

interface Failure {
  row: Row
  error: unknown
  refusals: number
  pauseMs: number
  parked: boolean
}

async function deliverOne(
  tx: Prisma.TransactionClient,
  { deliver, pauseMs, maxRefusals }: Delivery
): Promise<Attempt | null> {
  const [row] = await tx.$queryRaw<Row[]>(findDue)
  if (!row) return null
  const { refusals: before, waited_ms, ...event } = row
  try {
    await deliver(event)
  } catch (error) {
    const refused = error instanceof EventRefused
    const refusals = before + (refused ? 1 : 0)
    const parked = refused && refusals >= maxRefusals
    await note(tx, { row, error, refusals, parked, pauseMs: pauseMs(refused ? refusals : 0) })
    const outcome = refused ? (parked ? 'parked' : 'refused') : 'away'
    return { event, outcome, waited_ms, error }
  }
  await tx.$executeRaw`
    update outbox_events set delivered_at = clock_timestamp() where id = ${event.id}::uuid`
  return { event, outcome: 'delivered', waited_ms }
}

/** The only file of this feature that sees Prisma. */
export function createOutbox(prisma: PrismaClient) {
  return {
    /**
     * Delivers one event that is due, the first of its user; null where there is none that nobody else is at. A process
     * that dies meanwhile loses its lock with its connection, and the event is delivered again.
     */
    async deliverNext(delivery: Delivery): Promise<Attempt | null> {
      const limits = { timeout: transactionMs }
      return prisma.$transaction(async (tx) => deliverOne(tx, delivery), limits)
    },

    /** How many events wait, for how long the oldest has, and how many are parked. */
    async summary() {
      const [row] = await prisma.$queryRaw<{ waiting: number; oldest_s: number; parked: number }[]>`
        select count(*) filter (where parked_at is null)::int as waiting,
          coalesce(round(extract(epoch from now() -
            min(created_at) filter (where parked_at is null and isfinite(created_at)))), 0)::float8
            as oldest_s,
          count(*) filter (where parked_at is not null)::int as parked
        from outbox_events where delivered_at is null`
      return row ?? { waiting: 0, oldest_s: 0, parked: 0 }
    },

    /** Forgets what was delivered before `time`, with `undelivered` also what never was; gives their number. */
    async forget(time: Date, { undelivered }: { undelivered: boolean }): Promise<number> {
      const old = undelivered
        ? Prisma.sql`created_at < ${time}`
        : Prisma.sql`delivered_at < ${time}`
      return inBatches(
        async (batch) => prisma.$executeRaw`
          delete from outbox_events where id in (
            select id from outbox_events where ${old} limit ${batch})`
      )
    }
  }
}
