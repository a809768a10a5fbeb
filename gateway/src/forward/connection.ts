import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const ended = Symbol('ended')
type Connection = Socket & { [ended]?: boolean; _httpMessage?: ServerResponse | null }

/** On a connection whose end was announced nothing is served any more, also if it has arrived already (RFC 9112 9.6). */
export function announceEnd(socket: Socket) {
  ;(socket as Connection)[ended] = true
}

export function isEndAnnounced(socket: Socket): boolean {
  return (socket as Connection)[ended] === true
}

/** Calls `then` when every answer that is under way on a connection is out; Node keeps the current one there. */
export function afterAnswers(socket: Socket, then: () => void) {
  const { _httpMessage: underWay } = socket as Connection
  if (!underWay || underWay.writableFinished) then()
  else underWay.once('finish', () => setImmediate(afterAnswers, socket, then))
}
