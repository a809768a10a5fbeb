import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { safeMethods } from '../safe-methods.ts'
import { answerOn } from './connection.ts'

const held = Symbol('held')
type Connection = Socket & { [held]?: number }

/** As many requests of one connection may wait for their turn before no more of it is read. */
const mostHeld = 64

/**
 * Whether a request may be served before the answers to those before it are out: of what is pipelined only safe
 * requests may run at the same time (RFC 9112 9.3.2), or a client that writes and then reads would read what was
 * there before.
 */
export function mayRun(
  { socket, method = '' }: IncomingMessage,
  response: ServerResponse
): boolean {
  // Node gives an answer its socket when it is its turn.
  if (response.socket) return true
  const first = answerOn(socket)?.req.method ?? ''
  return !(socket as Connection)[held] && safeMethods.has(method) && safeMethods.has(first)
}

/** Calls `serve` when all answers before this one are out. */
export function holdBack(request: IncomingMessage, response: ServerResponse, serve: () => void) {
  const connection: Connection = request.socket
  const count = (connection[held] ?? 0) + 1
  connection[held] = count
  if (count === mostHeld) connection.pause()
  response.once('socket', () => {
    connection[held] = (connection[held] ?? 1) - 1
    if (connection[held] === 0) connection.resume()
    process.nextTick(serve)
  })
}
