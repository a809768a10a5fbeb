import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { closeSlowly } from '@gatehouse/service-kit'

const ended = Symbol('ended')
const latest = Symbol('latest')
type Connection = Socket & {
  [ended]?: boolean
  [latest]?: number
  _httpMessage?: ServerResponse | null
}

/** The number of a request among those of its connection, from 1. */
export function takeTurn(connection: Connection): number {
  const turn = (connection[latest] ?? 0) + 1
  connection[latest] = turn
  return turn
}

/** How many requests have come on a connection. */
export function turnsOf(connection: Connection): number {
  return connection[latest] ?? 0
}

/** Whether no further request of its connection has come: only its answer can be the last one. */
export function isLatest({ request, turn }: { request: IncomingMessage; turn: number }): boolean {
  return turnsOf(request.socket) === turn
}

/** On a connection whose end was announced nothing is served any more, also if it has arrived already (RFC 9112 9.6). */
export function announceEnd(socket: Socket) {
  ;(socket as Connection)[ended] = true
}

export function isEndAnnounced(socket: Socket): boolean {
  return (socket as Connection)[ended] === true
}

/** What Node calls when the last answer of a connection is out. */
function destroySlowly(this: Socket) {
  announceEnd(this)
  closeSlowly(this)
}

/** Lets the client hear the last answer of a connection though it is still sending (RFC 9112 9.6). */
export function endSlowly(socket: Socket) {
  socket.destroySoon = destroySlowly
}

/** The answer that is under way on a connection, where Node keeps it. */
export function answerOn(socket: Socket): ServerResponse | null {
  return (socket as Connection)._httpMessage ?? null
}

/** Calls `then` when every answer that is under way on a connection is out. */
export function afterAnswers(socket: Socket, then: () => void) {
  const underWay = answerOn(socket)
  if (!underWay || underWay.writableFinished) then()
  else underWay.once('finish', () => setImmediate(afterAnswers, socket, then))
}

/**
 * Node lets go of a connection on which CONNECT was asked for, though answers may be under way on it: with nobody to
 * hear of them, a reset would end the process, and what the client has to take first would wait for ever.
 */
export function hearOnceMore(socket: Socket) {
  socket
    .on('error', () => {})
    .on('drain', () => answerOn(socket)?.emit('drain'))
    .resume()
}
