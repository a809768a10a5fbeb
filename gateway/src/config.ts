import {
  Duration,
  Listen,
  loadConfig,
  milliseconds,
  Secret,
  StartError
} from '@gatehouse/service-kit'
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
  DOCS: Type.Boolean({ default: true }),
  PUBLIC_URL: Type.Optional(Type.String({ pattern: '^https?://[^\\s/]+$', maxLength: 300 }))
})

/** Services keep revoked sessions for a day, so tokens must not live longer. */
const maxTtlMs = 86_400_000

/** The lifetime of access tokens in ms; throws StartError below a second and above a day. */
export function tokenLifeMs(duration: string): number {
  const life = milliseconds(duration)
  if (life >= 1000 && life <= maxTtlMs) return life
  throw new StartError(
    `The environment is invalid:\n  ACCESS_TOKEN_TTL must be from 1s to 24h, not ${duration}: revoked sessions are kept for a day`
  )
}

/** The variable with the secret of one service: `INTERNAL_SECRET_<SERVICE>`, in upper case. */
export function secretVariable(service: string): string {
  return `INTERNAL_SECRET_${service.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Reads the secrets of single services: `INTERNAL_SECRET_<SERVICE>`, in upper case, or the file that `…_FILE` names.
 * Returns them by service; throws StartError where one is weak or cannot be read.
 */
export function readServiceSecrets(services: readonly { name: string }[], env = process.env) {
  const names = services.map(({ name }) => [name, secretVariable(name)] as const)
  const schema = Object.fromEntries(names.map(([, name]) => [name, Type.Optional(Secret)]))
  const read = loadConfig(Type.Object(schema), env) as Record<string, string | undefined>
  return new Map(
    names.flatMap(([name, variable]) => (read[variable] ? [[name, read[variable]]] : []))
  )
}
