import { Prisma } from '#db'
import type { UserType } from '../users/contract.ts'

/** Who asks for a change, and the user type that the route needs, where it needs one. */
export interface Actor {
  id: string
  needs?: UserType | undefined
}

/** Why an actor changes nothing: the account is deleted or disabled, or is of another type. */
export type ActorRefusal = 'actor-gone' | 'actor-not-allowed'

interface Row {
  id: string
  user_type: string
  active: boolean
}

/** What locks the rows of a change: those of the actor and of the target, and of every admin who can log in where `admins`. */
interface Locked {
  target: string
  admins: boolean
}

function refusalOf({ id, needs }: Actor, rows: Row[]): ActorRefusal | null {
  const actor = rows.find((row) => row.id === id)
  if (!actor?.active) return 'actor-gone'
  return needs === undefined || actor.user_type === needs ? null : 'actor-not-allowed'
}

/**
 * Says why `actor` may not change anything, or null where it may; it stays so until the transaction ends. The gateway
 * has asked the same, but before the body of the request was there.
 */
export async function refuseActor(
  tx: Prisma.TransactionClient,
  actor: Actor
): Promise<ActorRefusal | null> {
  const rows = await tx.$queryRaw<Row[]>`
    select id, user_type, disabled_at is null as active from users
    where id = ${actor.id}::uuid for share`
  return refusalOf(actor, rows)
}

/**
 * The same for a change of the user `target`, whose row is locked as well. Every row in one statement and in the order
 * of the ids: two admins who change each other take turns, and the second finds what the first has left.
 */
export async function refuseChange(
  tx: Prisma.TransactionClient,
  actor: Actor,
  { target, admins }: Locked
): Promise<{ refusal: ActorRefusal | null; lastAdmin: boolean }> {
  const others = admins
    ? Prisma.sql`or (user_type = 'admin' and disabled_at is null)`
    : Prisma.empty
  const rows = await tx.$queryRaw<Row[]>`
    select id, user_type, disabled_at is null as active from users
    where id in (${actor.id}::uuid, ${target}::uuid) ${others} order by id for update`
  const left = rows.filter(({ user_type, active }) => user_type === 'admin' && active)
  const lastAdmin = admins && left.length === 1 && left[0]?.id === target
  return { refusal: refusalOf(actor, rows), lastAdmin }
}
