import './thread-pool.ts'
import { openDatabase } from '@gatehouse/database'
import { createVerifier, main, milliseconds, run } from '@gatehouse/service-kit'
import { PrismaClient } from '#db'
import { buildUsersApp } from './app.ts'
import { readConfig } from './config.ts'
import { createUserChanges } from './outbox/user-changes.ts'
import { createPasswords } from './passwords/passwords.ts'
import { seedAccounts } from './seed/seed.ts'
import { sweepSessions } from './sessions/sweep.ts'
import { createStores } from './store.ts'

/** Starts the service; `patience` is how long a database that does not answer is waited for. */
export async function start(patience: { patienceMs?: number } = {}) {
  const config = readConfig()
  const prismaFolder = new URL('../prisma/', import.meta.url)
  const { DATABASE_URL: url, MIGRATION_DATABASE_URL: migrationUrl } = config
  const database = openDatabase({ url, migrationUrl, prisma: prismaFolder })
  const prisma = new PrismaClient({ adapter: database.adapter })
  const userChanges = createUserChanges({
    subscriber: config.ORDERS_URL,
    secret: config.EVENTS_SECRET ?? config.INTERNAL_SECRET
  })
  const stores = createStores(prisma, database.query, userChanges.announce)
  const passwords = createPasswords({ cost: config.BCRYPT_COST })

  const app = buildUsersApp({
    stores,
    passwords,
    refreshTtlMs: milliseconds(config.REFRESH_TOKEN_TTL),
    database,
    verify: createVerifier(config.INTERNAL_SECRET),
    logLevel: config.LOG_LEVEL
  })
  const stopSweeping = sweepSessions({
    store: stores.sessions,
    throttle: stores.throttle,
    onError: (error) => app.log.warn({ err: error }, 'old sessions are kept for now')
  })
  const relay = userChanges.open({ outbox: stores.outbox, database, log: app.log })
  app.addHook('onClose', async () => {
    stopSweeping()
    await relay.stop()
    await database.close()
  })

  await run(app, config)
  const seed = async () => seedAccounts({ ...stores, passwords, log: app.log }, config)
  const say = (sentence: string) => app.log.info(sentence)
  await database.prepare({ ...patience, seed, say })
  relay.start()
}

if (import.meta.main) await main(start)
