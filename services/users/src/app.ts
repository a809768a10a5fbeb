import { type Database, untilReady } from '@gatehouse/database'
import { caller, createApp, health, type Verifier } from '@gatehouse/service-kit'
import { components as accountComponents } from './account/contract.ts'
import { accountRoutes } from './account/routes.ts'
import { createAccountService } from './account/service.ts'
import type { Passwords } from './passwords/passwords.ts'
import { components as sessionComponents } from './sessions/contract.ts'
import { createCheck } from './sessions/login.ts'
import { sessionsRoutes } from './sessions/routes.ts'
import { createSessionsService } from './sessions/service.ts'
import type { createStores } from './store.ts'
import { createThrottle } from './throttle/throttle.ts'
import { components as userComponents } from './users/contract.ts'
import { usersRoutes } from './users/routes.ts'
import { createUsersService } from './users/service.ts'

interface Deps {
  stores: ReturnType<typeof createStores>
  passwords: Passwords
  refreshTtlMs: number
  database: Pick<Database, 'check' | 'isReady'>
  verify: Verifier
  logLevel?: string
  logTo?: { write: (line: string) => void }
}

const openapi = {
  title: 'Users',
  description: 'Log in, manage your account and, as an admin, everybody’s.',
  tags: [
    { name: 'users', description: 'Manage accounts; for admins.' },
    { name: 'account', description: 'Your own account.' },
    { name: 'sessions', description: 'Log in, stay logged in, log out.' }
  ]
}

// Of all features, for they refer to each other's.
const schemas = [...userComponents, ...accountComponents, ...sessionComponents]

/** The users service, not listening yet. */
export function buildUsersApp({ stores, passwords, refreshTtlMs, ...deps }: Deps) {
  const { users, sessions, credentials } = stores
  const { database, verify, logLevel = 'info', logTo } = deps
  const app = createApp({ ...openapi, logLevel, logTo })
  for (const schema of schemas) app.addSchema(schema)
  app.addHook('onRequest', untilReady(database))
  app.register(caller, { verify })
  app.register(health, { checks: { database: database.check } })
  const throttle = createThrottle(stores.throttle)
  const check = createCheck({ store: credentials, passwords, throttle })
  app.register(sessionsRoutes, {
    sessions: createSessionsService({
      check,
      store: sessions,
      refreshes: stores.refreshes,
      refreshTtlMs
    })
  })
  app.register(accountRoutes, { account: createAccountService({ ...stores, passwords, throttle }) })
  app.register(usersRoutes, { users: createUsersService({ store: users, passwords }) })
  return app
}
