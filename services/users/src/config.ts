import {
  DatabaseUrl,
  Duration,
  Listen,
  loadConfig,
  Secret,
  StartError
} from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** The variables that this process reads; `.env.example` tells their meaning. */
export const Config = Type.Object({
  ...Listen,
  DATABASE_URL: DatabaseUrl,
  // The role that owns the tables; where it is not set, that of DATABASE_URL does.
  MIGRATION_DATABASE_URL: Type.Optional(DatabaseUrl),
  INTERNAL_SECRET: Secret,
  // Signs what users tells orders: no other process has it; where it is not set, INTERNAL_SECRET does.
  EVENTS_SECRET: Type.Optional(Secret),
  // OWASP ASVS 5, appendix C: 10 at least. Each step doubles the time; 15 takes two seconds.
  BCRYPT_COST: Type.Integer({ default: 12, minimum: 10, maximum: 15 }),
  REFRESH_TOKEN_TTL: Type.Unsafe<string>({ ...Duration, default: '30d' }),
  // The first admin, created where there is none; not with DEMO.
  ADMIN_USERNAME: Type.Optional(
    Type.String({ minLength: 3, maxLength: 64, pattern: '^[A-Za-z0-9._-]+$' })
  ),
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 8, maxLength: 128 })),
  DEMO: Type.Boolean({ default: false }),
  // Who is told of changed and deleted users; where it is not set, nobody is.
  ORDERS_URL: Type.Optional(Type.String({ pattern: '^https?://[^/\\s?#@]+/?$' }))
})

/** Reads the environment; throws a StartError that tells all that is wrong with it. */
export function readConfig(env = process.env) {
  const config = loadConfig(Config, env)
  const { DEMO, ADMIN_USERNAME, ADMIN_PASSWORD } = config
  if (!DEMO && ADMIN_USERNAME !== undefined && ADMIN_PASSWORD === undefined)
    throw new StartError(
      'The environment is invalid:\n  ADMIN_USERNAME is set without ADMIN_PASSWORD or ADMIN_PASSWORD_FILE'
    )
  return { ...config, ADMIN_USERNAME: ADMIN_USERNAME ?? 'admin' }
}
