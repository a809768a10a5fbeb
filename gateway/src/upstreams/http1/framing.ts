import { malformed } from './failure.ts'

/** How the end of a body is found (RFC 9112 6.3). */
export type Framing = 'none' | 'counted' | 'chunked' | 'until-close'

/** Fields that say how the message is framed and what becomes of the connection. */
export interface Control {
  length: string | null
  coding: string | null
  connection: string
  keepAlive: string
}

const digits = /^[0-9]{1,15}$/

/** Notes a field that is about the message itself, by its name in lower case; throws where it is the second of its name. */
export function note(control: Control, name: string, value: string) {
  if (name === 'connection') control.connection = `${control.connection},${value}`
  else if (name === 'keep-alive') control.keepAlive = value
  else if (name === 'content-length') {
    if (control.length !== null) throw malformed('has two lengths')
    control.length = value
  } else if (name === 'transfer-encoding') {
    if (control.coding !== null) throw malformed('has two transfer codings')
    control.coding = value
  }
}

/** Throws where the end of the body could be found in two places, or in none. */
export function framingOf(
  { length, coding }: Control,
  { status, minor, method }: { status: number; minor: string; method: string }
): Framing {
  if (length !== null && !digits.test(length)) throw malformed('has a length that is no number')
  const isChunked = coding?.toLowerCase() === 'chunked'
  if (coding !== null && (length !== null || minor === '0' || !isChunked))
    throw malformed('does not say clearly where it ends')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (isChunked) return 'chunked'
  if (length === null) return 'until-close'
  return Number(length) === 0 ? 'none' : 'counted'
}

/** How long the upstream keeps an idle connection, in seconds; null where it says nothing. */
export function keepAliveOf({ keepAlive }: Control): number | null {
  const seconds = keepAlive === '' ? undefined : /timeout=([0-9]{1,6})/i.exec(keepAlive)?.[1]
  return seconds === undefined ? null : Number(seconds)
}
