import { DatabaseUrl, Duration, Listen, Secret } from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** The variables that this process reads; `.env.example` tells their meaning. */
export const Config = Type.Object({
  ...Listen,
  DATABASE_URL: DatabaseUrl,
  INTERNAL_SECRET: Secret,
  // OWASP ASVS 5, appendix C: 10 at least. Each step doubles the time; 15 takes two seconds.
  BCRYPT_COST: Type.Integer({ default: 12, minimum: 10, maximum: 15 }),
  REFRESH_TOKEN_TTL: Type.Unsafe<string>({ ...Duration, default: '30d' }),
  // The account `admin` is created with it where there is none yet; not needed with DEMO.
  ADMIN_PASSWORD: Type.Optional(Type.String({ minLength: 8, maxLength: 128 })),
  DEMO: Type.Boolean({ default: false }),
  // Who is told of changed and deleted users; where it is not set, nobody is.
  ORDERS_URL: Type.Optional(Type.String({ pattern: '^https?://[^/\\s?#@]+/?$' }))
})
