import { inBatches } from '@gatehouse/database'
import type { Prisma, PrismaClient } from '#db'
import type { UserEventMessage } from './contract.ts'

export type UserEventStore = ReturnType<typeof createUserEventStore>

/** Orders that are cancelled by one transaction: few enough for the time that a statement may take. */
const atOnce = 500
const limits = { timeout: 10_000 }

/**
 * From here on the user can place nothing. The user's feed is locked first, as by the trigger of `orders`: whoever is
 * placing an order has either committed it by then, or will see this when it asks, and give up.
 */
async function noteDeleted(
  tx: Prisma.TransactionClient,
  { user_id, occurred_at }: UserEventMessage
) {
  await tx.$executeRaw`
    insert into order_feeds (created_by, last_event) values (${user_id}::uuid, 0)
    on conflict (created_by) do update set last_event = order_feeds.last_event`
  await tx.$executeRaw`
    insert into deleted_users (id, deleted_at) values (${user_id}::uuid, ${occurred_at}::timestamptz)
    on conflict (id) do nothing`
}

/** Cancels open orders of the event's user, each with its row of history; gives their number, `atOnce` at most. */
async function cancelOpen(tx: Prisma.TransactionClient, event: UserEventMessage): Promise<number> {
  const changes = JSON.stringify([{ field: 'status', from: 'placed', to: 'cancelled' }])
  return tx.$executeRaw`
    with open as (
      select id from orders where created_by = ${event.user_id}::uuid and status = 'placed'
      order by id limit ${atOnce} for update
    ), cancelled as (
      update orders set status = 'cancelled', version = version + 1, updated_at = now()
      from open where orders.id = open.id returning orders.id, version
    )
    insert into order_changes
      (id, order_id, version, action, changed_by, request_id, changes, reason)
    select uuidv7(), id, version, 'cancelled', ${event.changed_by}::uuid, ${event.request_id},
      ${changes}::jsonb, 'user-deleted'
    from cancelled`
}

/** What was done about an event; `done` is false where there is more to do. */
interface Taken {
  repeated: boolean
  cancelled: number
  done: boolean
}

async function takeSome(tx: Prisma.TransactionClient, event: UserEventMessage): Promise<Taken> {
  const known = await tx.receivedEvent.findUnique({ where: { id: event.id } })
  if (known) return { repeated: true, cancelled: 0, done: true }
  const cancelled = event.type === 'user.deleted' ? await cancelOpen(tx, event) : 0
  if (cancelled === atOnce) return { repeated: false, cancelled, done: false }
  const data = { id: event.id, type: event.type }
  // Two repetitions at once have shared the orders between them.
  await tx.receivedEvent.createMany({ data, skipDuplicates: true })
  return { repeated: false, cancelled, done: true }
}

/** What other services have told; the only file of this feature that sees Prisma. */
export function createUserEventStore(prisma: PrismaClient) {
  return {
    /**
     * Does what an event asks for, once. The id is noted in the transaction that completes it; where a process dies
     * before, the event comes again and finds what is left.
     */
    async take(event: UserEventMessage): Promise<Omit<Taken, 'done'>> {
      if (event.type === 'user.deleted')
        await prisma.$transaction(async (tx) => noteDeleted(tx, event), limits)
      for (let total = 0; ; ) {
        const taken = await prisma.$transaction(async (tx) => takeSome(tx, event), limits)
        total += taken.cancelled
        if (taken.done) return { repeated: taken.repeated, cancelled: total }
      }
    },

    /** Forgets the ids of the events that came before `time`, and gives their number. */
    async forget(time: Date): Promise<number> {
      return inBatches(
        async (batch) => prisma.$executeRaw`
          delete from received_events where id in (
            select id from received_events where received_at < ${time} limit ${batch})`
      )
    }
  }
}
