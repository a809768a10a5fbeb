import { readFileSync } from 'node:fs'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { Convert, Default, Errors } from 'typebox/value'
import { durationPattern, parseDuration } from './duration.ts'
import { databaseUrlFault, secretFault } from './secret.ts'

/** Reads a failure to start that is the operator's to mend: shown as one message, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** A secret of at least 32 bytes; what is shorter, guessable or an example is refused at start (guarantee B16). */
export const Secret = Type.String({ faultOf: secretFault })
/** The address of a database; elsewhere than on this machine only with a password worth the name (guarantee K1). */
export const DatabaseUrl = Type.String({ faultOf: databaseUrlFault })
/** A length of time such as `15m`, in the environment; read it with `milliseconds()`. */
export const Duration = Type.String({ pattern: durationPattern })
/** What every process reads: the address it listens on, and how much it logs. */
export const Listen = {
  HOST: Type.String({ default: '0.0.0.0', minLength: 1 }),
  PORT: Type.Integer({ default: 8000, minimum: 0, maximum: 65_535 }),
  DRAIN_DELAY: Type.String({ pattern: `^0s$|${durationPattern}`, default: '0s' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info'
  })
}

/** A duration that the schema has already checked, in milliseconds. */
export function milliseconds(duration: string): number {
  return parseDuration(duration) ?? 0
}

/** The variable itself, or the content of the file that `NAME_FILE` names, without the newlines at its end. */
function readVariable(name: string, env: NodeJS.ProcessEnv, faults: string[]) {
  const file = env[`${name}_FILE`]
  if (file === undefined || file === '') return env[name] === '' ? undefined : env[name]
  if (env[name]) faults.push(`${name} and ${name}_FILE are both set; keep one of them`)
  try {
    const text = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '')
    if (text === '') faults.push(`${name}_FILE names ${file}, which is empty`)
    return text === '' ? undefined : text
  } catch (error) {
    faults.push(`${name}_FILE names ${file}, which cannot be read (${(error as Error).message})`)
    return undefined
  }
}

type FaultOf = (value: string) => string | null

/** What a schema that has a check of its own says against a value: `undefined` where there is none. */
function ownFault(schema: TSchema | undefined, value: unknown) {
  const { faultOf } = (schema ?? {}) as { faultOf?: FaultOf }
  return typeof value === 'string' ? faultOf?.(value) : undefined
}

/** Makes numbers and booleans of text. `Convert` alone would read `80.5` and a space as the ports 80 and 0. */
function fromText(schema: TObject, text: object): Record<string, unknown> {
  const converted = Convert(schema, { ...text }) as Record<string, unknown>
  const exact = ([name, value]: [string, unknown]) => String(converted[name]) === value
  const rounded = Object.entries(text).filter((entry) => !exact(entry))
  for (const [name, value] of rounded)
    if (typeof converted[name] === 'number') converted[name] = value
  return converted
}

/** What `schema` has against `config`; a value is never repeated, it may be a secret. */
function schemaFaults(schema: TObject, config: unknown, env: NodeJS.ProcessEnv): string[] {
  return Errors(schema, config).flatMap(({ instancePath, message, params }) => {
    // A file that cannot be read has been told already.
    if ('requiredProperties' in params)
      return params.requiredProperties
        .filter((name) => !env[`${name}_FILE`])
        .map((name) => `${name} is not set`)
    const choices = 'allowedValues' in params ? `: ${params.allowedValues.join(', ')}` : ''
    return [`${instancePath.slice(1)} ${message}${choices}`]
  })
}

/**
 * Reads the variables that `schema` names, each from `NAME` or from the file in `NAME_FILE`.
 * Throws one StartError that names every variable that is missing or wrong.
 */
export function loadConfig<T extends TObject>(schema: T, env = process.env): Readonly<Static<T>> {
  const faults: string[] = []
  const names = Object.keys(schema.properties)
  const given = Object.fromEntries(names.map((name) => [name, readVariable(name, env, faults)]))
  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined)
  )
  const config = Default(schema, fromText(schema, present)) as Record<string, unknown>
  faults.push(...schemaFaults(schema, config, env))
  for (const name of names) {
    const fault = ownFault(schema.properties[name], config[name])
    if (fault) faults.push(`${name} ${fault}`)
  }
  if (faults.length > 0)
    throw new StartError(`The environment is invalid:\n  ${faults.join('\n  ')}`)
  return Object.freeze(config as Static<T>)
}
