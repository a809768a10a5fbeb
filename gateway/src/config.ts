import { Duration, Listen, Secret } from '@gatehouse/service-kit'
import { Type } from 'typebox'

/** The gateway's environment; each variable may come as NAME_FILE as well. */
export const Config = Type.Object({
  ...Listen,
  JWT_SECRET: Secret,
  JWT_ISSUER: Type.String({ default: 'gatehouse', minLength: 1 }),
  JWT_AUDIENCE: Type.String({ default: 'gatehouse', minLength: 1 }),
  ACCESS_TOKEN_TTL: Type.Unsafe<string>({ ...Duration, default: '15m' }),
  INTERNAL_SECRET: Secret,
  GATEWAY_CONFIG: Type.String({ default: 'gateway.yml', minLength: 1 }),
  TRUSTED_PROXIES: Type.String({ default: '' }),
  DEMO: Type.Boolean({ default: false }),
  DOCS: Type.Boolean({ default: true })
})
