import { durationPattern, parseDuration } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'

/** Bytes in each unit: binary, as nginx and HAProxy count them. */
const sizeUnits = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const
const windows = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

const maxMs = 2 ** 31 - 1

const sizePattern = '^(0|[1-9][0-9]{0,8})(b|kb|mb|gb)$'
const ratePattern = '^[1-9][0-9]{0,11}/(s|min|h|d) per (ip|user)$'

/** `10s`, or the same as `{ ms: 10000 }`. */
export const DurationField = Type.Union(
  [
    Type.String({ pattern: durationPattern }),
    Type.Object({ ms: Type.Integer({ minimum: 1 }) }, { additionalProperties: false })
  ],
  { description: 'a duration such as 500ms, 10s or 2m' }
)

/** `1mb`, or the same as `{ bytes: 1048576 }`. */
export const SizeField = Type.Union(
  [
    Type.String({ pattern: sizePattern }),
    Type.Object({ bytes: Type.Integer({ minimum: 0 }) }, { additionalProperties: false })
  ],
  { description: 'a size such as 512b, 64kb or 1mb' }
)

const RateObject = Type.Object(
  {
    limit: Type.Integer({ minimum: 1 }),
    window: Type.String({ pattern: durationPattern }),
    per: Type.Enum(['ip', 'user'])
  },
  { additionalProperties: false }
)

/** `60/min per ip`, the same as `{ limit: 60, window: 1m, per: ip }`, or `off`. */
export const RateField = Type.Union(
  [Type.String({ pattern: `${ratePattern}|^off$` }), RateObject],
  { description: 'a rate such as 20/min per ip or 5/s per user, or off' }
)

/** Milliseconds of a valid duration. */
export function durationMs(field: Static<typeof DurationField>): number {
  return typeof field === 'string' ? (parseDuration(field) ?? 0) : field.ms
}

/** The error of a duration that a timer cannot wait for, or null: Node fires longer timers after 1 ms. */
export function durationError(field: Static<typeof DurationField> | undefined): string | null {
  if (field === undefined || durationMs(field) <= maxMs) return null
  return `is longer than the longest timer (${maxMs} ms): use at most 24d`
}

/** A duration for people: `1 h`, `2 min`, `10 s`, `250 ms`. */
export function formatDuration(ms: number): string {
  if (ms % windows.h === 0) return `${ms / windows.h} h`
  if (ms % windows.min === 0) return `${ms / windows.min} min`
  return ms % windows.s === 0 ? `${ms / windows.s} s` : `${ms} ms`
}

/** Bytes of a valid size. */
export function bytesOf(field: Static<typeof SizeField>): number {
  if (typeof field !== 'string') return field.bytes
  const unit = /[a-z]+$/.exec(field)?.[0] as keyof typeof sizeUnits
  return Number.parseInt(field, 10) * sizeUnits[unit]
}

/** Limit, window in milliseconds and key of a valid rate; null for `off`. */
export function rateOf(field: Static<typeof RateField>) {
  if (field === 'off') return null
  if (typeof field !== 'string') {
    return { limit: field.limit, windowMs: durationMs(field.window), per: field.per }
  }
  const [limit = '', unit = '', , per = ''] = field.split(/[/ ]/)
  return {
    limit: Number(limit),
    windowMs: windows[unit as keyof typeof windows],
    per: per as 'ip' | 'user'
  }
}
