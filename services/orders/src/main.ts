import { openDatabase } from '@gatehouse/database'
import {
  createServiceVerifier,
  createVerifier,
  loadConfig,
  main,
  run
} from '@gatehouse/service-kit'
import { PrismaClient } from '#db'
import { buildOrdersApp } from './app.ts'
import { Config } from './config.ts'
import { createStores } from './store.ts'
import { sweepOld } from './sweep.ts'

await main(async () => {
  const config = loadConfig(Config)
  const prisma = new URL('../prisma/', import.meta.url)
  const { DATABASE_URL: url, MIGRATION_DATABASE_URL: migrationUrl } = config
  const database = openDatabase({ url, migrationUrl, prisma })
  const stores = createStores(new PrismaClient({ adapter: database.adapter }), database.query)
  let stopSweeping = () => {}

  const app = buildOrdersApp({
    stores,
    database,
    verify: createVerifier(config.INTERNAL_SECRET),
    verifyService: createServiceVerifier(config.EVENTS_SECRET ?? config.INTERNAL_SECRET),
    logLevel: config.LOG_LEVEL
  })
  app.addHook('onClose', async () => {
    stopSweeping()
    await database.close()
  })

  await run(app, config)
  await database.prepare({ say: (sentence) => app.log.info(sentence) })
  if (!database.isReady()) return
  const onError = (err: unknown) => app.log.warn({ err }, 'old keys and events are kept for now')
  stopSweeping = sweepOld({ stores, onError })
})
