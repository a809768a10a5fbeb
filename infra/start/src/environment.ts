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

// Each process is given its own alone.
const secretNames = /^(JWT_SECRET|EVENTS_SECRET|INTERNAL_SECRET(_.+)?)(_FILE)?$/

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
  const isShared = (name: string) => !isOwn(name) && !secretNames.test(name)
  const common = Object.fromEntries(Object.entries(given).filter(([name]) => isShared(name)))
  /** The secret `variable` as it was given under the first of `names` that was, or else the generated one in `file`. */
  function secret(variable: string, file: string, names = [variable]) {
    const name = names.find((name) => given[name] || given[`${name}_FILE`])
    if (name === undefined) return { [variable]: '', [`${variable}_FILE`]: secrets.keep(file).path }
    return { [variable]: given[name], [`${variable}_FILE`]: given[`${name}_FILE`] }
  }
  /** The key of the gateway and one service, as the variable `variable` of either. */
  function internalSecret(variable: string, name: 'users' | 'orders') {
    const names = [`INTERNAL_SECRET_${name.toUpperCase()}`, 'INTERNAL_SECRET']
    return secret(variable, `internal-secret-${name}`, names)
  }
  const shared = { DEMO: 'true', ...thrift, ...common }
  function service(name: 'users' | 'orders') {
    const urlOf = (role: string) =>
      `postgresql://${role}:${secrets.keep(`${role.replace('_', '-')}-password`).value}@127.0.0.1:${ports.postgres}/${name}`
    return {
      ...shared,
      ...internalSecret('INTERNAL_SECRET', name),
      ...secret('EVENTS_SECRET', 'events-secret'),
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
      ...secret('JWT_SECRET', 'jwt-secret'),
      ...secret('INTERNAL_SECRET', 'internal-secret'),
      ...internalSecret('INTERNAL_SECRET_USERS', 'users'),
      ...internalSecret('INTERNAL_SECRET_ORDERS', 'orders'),
      HOST: host,
      PORT: String(ports.gateway),
      USERS_URL: `http://127.0.0.1:${ports.users}`,
      ORDERS_URL
    }
  }
}
