import { networkOf } from '@gatehouse/service-kit'
import type { Route } from '../table/route.ts'
import type { Caller } from './arguments.ts'

/** A time as the table writes it: `10s`, `250ms`. */
function time(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

function rateOf({ rate }: Route, caller: Caller | null, address: string): string {
  if (rate === null) return 'none'
  const { limit, windowMs, per, bucket } = rate
  const key = per === 'ip' ? networkOf(address) : `user ${caller?.id ?? ''}`
  const shared =
    bucket === 'default'
      ? 'together with all lines that inherit the default'
      : 'for this line alone'
  return `${limit} in ${time(windowMs)} per ${per}, counted for ${key} ${shared}`
}

/** What a line limits, by name. */
export function limitsOf(route: Route, caller: Caller | null, address: string): [string, string][] {
  const { bodyBytes, timeoutMs, stream, idleMs } = route
  const silence = stream === 'sse' ? 'a comment is sent after' : 'it is closed after'
  return [
    ['rate', rateOf(route, caller, address)],
    ['body', `at most ${bodyBytes} bytes`],
    ['timeout', `${time(timeoutMs)} until the answer begins`],
    ...(stream
      ? [['stream', `${stream}; ${silence} ${time(idleMs)} of silence`] as [string, string]]
      : [])
  ]
}
