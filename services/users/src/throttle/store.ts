import { inBatches } from '@gatehouse/database'
import { Prisma, type PrismaClient } from '#db'
import { limits } from './limits.ts'

/** Who tries to log in to what, as it is counted. */
export interface Attempt {
  /** The account that is meant; empty where none of that name can exist: then it counts against no account. */
  account: Uint8Array<ArrayBuffer>
  network: string
  /** The user of that account; null where there is none. */
  user_id: string | null
}

export type ThrottleStore = ReturnType<typeof createThrottleStore>

const { windowMinutes, perAccount, perNetwork, fromEverywhere } = limits
const age = Prisma.sql`make_interval(mins => ${windowMinutes}::int)`
const counts = Prisma.sql`at > clock_timestamp() - ${age}`

/**
 * Seconds until an attempt may be made, null where it may be now. Names that cannot exist are one bucket, so that no
 * spelling of a name is a bucket of its own (guarantee C7), and count against no account. Whether the user has logged
 * in from there before matters where the password is `right` only: who types wrong ones never learns of it.
 */
function waitOf({ account, network, user_id }: Attempt, { right }: { right: boolean }) {
  const here = Prisma.sql`from login_failures where network = ${network} and ${counts}`
  const pair = Prisma.sql`${here} and account = ${account}`
  const nth = (number: number) => Prisma.sql`order by at desc offset ${number - 1} limit 1`
  const known = right
    ? Prisma.sql`select exists (select from sessions
        where user_id = ${user_id}::uuid and network = ${network}) as here`
    : Prisma.sql`select false as here`
  return Prisma.sql`
    with known as (${known}), attacked as (
      select exists (select from login_failures
        where account = ${account} and ${counts} ${nth(fromEverywhere)}) as everywhere
    ), free as (
      select greatest(
        (select at ${pair} ${nth(perAccount)}),
        case when everywhere and not here then (select at ${pair} ${nth(1)}) end,
        case when not here then (select at ${here} and account <> ''::bytea ${nth(perNetwork)}) end
      ) + ${age} as at
      from known, attacked
    )
    select ceil(extract(epoch from at - clock_timestamp()))::int as wait,
      exists (select ${pair}) as failed
    from free`
}

/** The only file of this feature that sees Prisma. Counted by the database's clock, over all replicas. */
export function createThrottleStore(prisma: PrismaClient) {
  async function read(db: Prisma.TransactionClient, attempt: Attempt, shown: { right: boolean }) {
    const query = waitOf(attempt, shown)
    const [found] = await db.$queryRaw<{ wait: number | null; failed: boolean }[]>(query)
    return found ?? { wait: null, failed: false }
  }

  return {
    /** For a right password: the seconds to wait, or null where it counts; then earlier failures are forgotten. */
    async pass(attempt: Attempt): Promise<number | null> {
      const { wait, failed } = await read(prisma, attempt, { right: true })
      const { account, network } = attempt
      if (wait === null && failed)
        await prisma.loginFailure.deleteMany({ where: { account, network } })
      return wait
    },

    /** For a wrong password: the seconds to wait, or null where it is one failure more. */
    async fail(attempt: Attempt): Promise<number | null> {
      const { account, network } = attempt
      return prisma.$transaction(async (tx) => {
        // Of several at once each has to see the one before, on whatever replica it is.
        await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${network}, 0))`
        const { wait } = await read(tx, attempt, { right: false })
        if (wait === null) await tx.loginFailure.create({ data: { account, network } })
        return wait
      })
    },

    /** Forgets what counts no more. */
    async forget(): Promise<void> {
      await inBatches(
        async (batch) => prisma.$executeRaw`
          delete from login_failures where id in (
            select id from login_failures where not (${counts}) limit ${batch})`
      )
    }
  }
}
