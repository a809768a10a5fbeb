import type { ServerResponse } from 'node:http'
import { ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { Exchange } from '../../exchange.ts'
import { publicReference } from './path-rewrite.ts'
import { countPassed } from './request-body.ts'

/**
 * Sends early hints (RFC 8297): the links of an upstream's 103, as the client finds them. Written here because Node
 * takes only links of a form of its own, and drops the others. HTTP/1.0 knows no interim responses, and
 * where the client still awaits another response there is no place for one.
 */
export function writeHint(exchange: Exchange, link: string | string[]) {
  const { request, response } = exchange
  if (request.httpVersionMinor === 0 || response.headersSent) return
  // Hints are optional: a client that does not read gets no more of them (guarantee F21).
  if (response.socket?.writableNeedDrain) return
  const lines = [link]
    .flat()
    .map((value) => `link: ${publicReference(exchange, 'link', value)}\r\n`)
    .join('')
  response.socket?.write(`HTTP/1.1 103 Early Hints\r\n${lines}\r\n`, 'latin1')
}

/** That of undici, which leaves the memory of a piece to the collector, or of our pool, which reads into it again. */
export type Controller = Dispatcher.DispatchController & {
  keep?: () => () => void
  /** Whether the pool has sent it twice. */
  repeated?: boolean
}

/** How long an upstream waits with a response whose turn on the client's connection has not come, in ms. */
const maxQueuedMs = 60_000
const smallBytes = 8192

const queued = new ProblemError(
  408,
  'request-timeout',
  'The client did not read the response before it.'
)

/** What to call when the piece has been sent. */
function keep(controller: Controller, piece: Buffer) {
  if (controller.keep) return controller.keep()
  countPassed(piece.length)
  return undefined
}

/** Passes a piece of a body on, and lets the upstream wait while the client does not take it. */
export function passPiece(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (response.write(piece, keep(controller, piece)) || controller.paused) return
  controller.pause()
  // A client that does not read on its turn is disconnected (guarantee F45); the connection of the upstream waits until then.
  const queuedTimer = response.socket ? undefined : setTimeout(abortQueued, maxQueuedMs).unref()
  function abortQueued() {
    if (!response.socket) controller.abort(queued)
  }
  response.once('drain', () => {
    clearTimeout(queuedTimer)
    controller.resume()
  })
  // The client may leave before; the timer would keep what waits here.
  if (queuedTimer) response.once('close', () => clearTimeout(queuedTimer))
}

/** Passes the last piece on. As text a small one leaves together with the header section; bytes would be a second write. */
export function passLast(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (piece.length < smallBytes) response.end(piece.toString('latin1'), 'latin1')
  else response.end(piece, keep(controller, piece))
}
