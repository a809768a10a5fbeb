import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { safeMethods } from '../safe-methods.ts'
import { answerOn } from './connection.ts'

const held = Symbol('held')
const ahead = Symbol('ahead')
type Connection = Socket & { [held]?: number; [ahead]?: number }

/** As many requests of one connection may wait for their turn before no more of it is read. */
const mostHeld = 64
/** As many are served before it is their turn: their answers wait in memory, whether the client reads or not (PROMISES F21). */
const mostAhead = 8

/**
 * Whether a request may be served now. Of what is pipelined only safe requests may run at the same time (RFC 9112
 * 9.3.2), or a client that writes and then reads would read what was there before; and not more than a few, which are
 * counted here.
 */
export function mayRun(
  { socket, method = '' }: IncomingMessage,
  response: ServerResponse
): boolean {
  // Node gives an answer its socket when it is its turn.
  if (response.socket) return true
  const connection: Connection = socket
  const first = answerOn(socket)?.req.method ?? ''
  const running = connection[ahead] ?? 0
  const isFree = !connection[held] && running < mostAhead
  if (!isFree || !safeMethods.has(method) || !safeMethods.has(first)) return false
  connection[ahead] = running + 1
  response.once('socket', () => {
    connection[ahead] = (connection[ahead] ?? 1) - 1
  })
  return true
}

/** Stops reading, where that is still right: behind a request without a body Node reads on when its listeners return. */
function readNoMore(connection: Socket, isRight: () => boolean) {
  process.nextTick(() => isRight() && connection.pause())
}

/** Of a connection whose last answer is under way nothing more is read until it is out (PROMISES F21). */
export function holdUnread(connection: Socket) {
  readNoMore(connection, () => answerOn(connection) !== null)
}

/** Calls `serve` when all answers before this one are out. */
export function holdBack(request: IncomingMessage, response: ServerResponse, serve: () => void) {
  const connection: Connection = request.socket
  const count = (connection[held] ?? 0) + 1
  connection[held] = count
  if (count >= mostHeld) readNoMore(connection, () => (connection[held] ?? 0) > 0)
  response.once('socket', () => {
    connection[held] = (connection[held] ?? 1) - 1
    if (connection[held] === 0) connection.resume()
    process.nextTick(serve)
  })
}
