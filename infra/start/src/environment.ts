import type { Secrets } from './secrets.ts'

// Memory that nobody uses goes back to the system sooner; only glibc knows these.
const thrift = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '65536' }
const owned = [
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'MIGRATION_DATABASE_URL',
  'MIGRATION_DATABASE_URL_FILE',
  'HOST',
  'PORT',
  'USERS_URL',
  'ORDERS_URL'
]

/** Also what tells PostgreSQL clients of another server (PGSSLMODE, PGOPTIONS, …). */
function isOwn(name: string): boolean {
  return owned.includes(name) || name.startsWith('PG')
}

interface Parts {
  given: NodeJS.ProcessEnv
  secrets: Secrets
  /** The host the gateway listens on; everything else stays on the loopback. */
  host: string
  ports: { gateway: number; users: number; orders: number; postgres: number }
}

/**
 * The variables of each process: those that `npm start` was given, less what it decides itself. Secrets are named by
 * file, so that no environment holds one.
 */
export function environments({ given, secrets, host, ports }: Parts) {
  const common = Object.fromEntries(Object.entries(given).filter(([name]) => !isOwn(name)))
  const generated = (variable: string, file: string) =>
    given[variable] || given[`${variable}_FILE`]
      ? {}
      : { [variable]: '', [`${variable}_FILE`]: secrets.keep(file).path }
  const shared = {
    DEMO: 'true',
    ...thrift,
    ...common,
    ...generated('INTERNAL_SECRET', 'internal-secret')
  }
  function service(name: 'users' | 'orders') {
    const urlOf = (role: string) =>
      `postgresql://${role}:${secrets.keep(`${role.replace('_', '-')}-password`).value}@127.0.0.1:${ports.postgres}/${name}`
    return {
      ...shared,
      HOST: '127.0.0.1',
      PORT: String(ports[name]),
      DATABASE_URL_FILE: secrets.write(`${name}-database-url`, urlOf(name)),
      MIGRATION_DATABASE_URL_FILE: secrets.write(
        `${name}-migration-database-url`,
        urlOf(`${name}_owner`)
      )
    }
  }
  const ORDERS_URL = `http://127.0.0.1:${ports.orders}`
  return {
    users: { ...service('users'), ORDERS_URL },
    orders: service('orders'),
    gateway: {
      GATEWAY_CONFIG: 'gateway/gateway.yml',
      ...shared,
      ...generated('JWT_SECRET', 'jwt-secret'),
      HOST: host,
      PORT: String(ports.gateway),
      USERS_URL: `http://127.0.0.1:${ports.users}`,
      ORDERS_URL
    }
  }
}
