import type { ServerResponse } from 'node:http'
import { ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import { countPassed } from './collect.ts'

/** undici's, which leaves the memory of a piece to the collector; or our pool's, which reads into it again. */
export type Controller = Dispatcher.DispatchController & {
  keep?: () => () => void
  /** Whether our pool has begun it twice. */
  repeated?: boolean
}

/** How long an upstream waits with an answer whose turn on the client's connection has not come, in ms. */
const mostQueuedMs = 60_000
const smallBytes = 8192

const queued = new ProblemError(408, 'request-timeout', 'The answer before it was not read.')

/** What to call when the piece is out. */
function keep(controller: Controller, piece: Buffer) {
  if (controller.keep) return controller.keep()
  countPassed(piece.length)
  return undefined
}

/** Passes a piece of a body on, and lets the upstream wait while the client does not take it. */
export function passPiece(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (response.write(piece, keep(controller, piece)) || controller.paused) return
  controller.pause()
  // Who does not read on its turn is cut off (PROMISES F20); others wait for the upstream's connection until then.
  const behind = response.socket ? undefined : setTimeout(giveUp, mostQueuedMs).unref()
  function giveUp() {
    if (!response.socket) controller.abort(queued)
  }
  response.once('drain', () => {
    clearTimeout(behind)
    controller.resume()
  })
  // The client may leave before; the timer would keep what waits here.
  if (behind) response.once('close', () => clearTimeout(behind))
}

/** Passes the last piece on. As text a small one leaves together with the header section; bytes would be a second write. */
export function passLast(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (piece.length < smallBytes) response.end(piece.toString('latin1'), 'latin1')
  else response.end(piece, keep(controller, piece))
}
