import { openDatabase } from '@gatehouse/database'
import { createVerifier, loadConfig, main, run } from '@gatehouse/service-kit'
import { PrismaClient } from '#db'
import { buildOrdersApp } from './app.ts'
import { Config } from './config.ts'
import { createOrderStore } from './orders/store.ts'
import { sweepOld } from './orders/sweep.ts'

await main(async () => {
  const config = loadConfig(Config)
  const prisma = new URL('../prisma/', import.meta.url)
  const database = openDatabase({ url: config.DATABASE_URL, prisma })
  const store = createOrderStore(new PrismaClient({ adapter: database.adapter }))
  const verify = createVerifier(config.INTERNAL_SECRET)

  const app = buildOrdersApp({ store, database, verify, logLevel: config.LOG_LEVEL })
  const stopSweeping = sweepOld({
    store,
    onError: (error) => app.log.warn({ err: error }, 'old keys and events are kept for now')
  })
  app.addHook('onClose', async () => {
    stopSweeping()
    await database.close()
  })

  await run(app, config)
  await database.prepare()
})
