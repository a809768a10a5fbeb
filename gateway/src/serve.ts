import { loadConfig, main, run } from '@gatehouse/service-kit'
import { announceReady } from './announce-ready.ts'
import { Config, readServiceSecrets, tokenLifeMs } from './config.ts'
import { buildGateway } from './gateway.ts'
import { loadTable } from './route-table/load.ts'
import { settleHeap } from './v8-flags.ts'

await main(async () => {
  const config = loadConfig(Config)
  const table = loadTable(config.GATEWAY_CONFIG, process.env)
  const app = await buildGateway({
    table,
    token: {
      secrets: config.JWT_SECRET.split(','),
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
      ttlMs: tokenLifeMs(config.ACCESS_TOKEN_TTL)
    },
    internalSecret: config.INTERNAL_SECRET,
    serviceSecrets: readServiceSecrets(table.services),
    trustedProxies: config.TRUSTED_PROXIES,
    logLevel: config.LOG_LEVEL,
    demo: config.DEMO,
    documented: config.DOCS
  })
  for (const notice of table.notices) app.log.info(notice)
  app.addHook('onReady', async () => settleHeap())
  if (config.PUBLIC_URL !== undefined) announceReady(app, config.PUBLIC_URL)
  await run(app, config)
})
