import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { countPassed } from './collect.ts'

/** undici's, which leaves the memory of a piece to the collector; or our pool's, which reads into it again. */
export type Controller = Dispatcher.DispatchController & {
  keep?: () => () => void
  /** Whether our pool has begun it twice. */
  repeated?: boolean
}

/** How long a client may leave an answer unread, in ms (nginx, send_timeout). */
const mostStalledMs = 60_000
const smallBytes = 8192

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
  // A client that does not read holds a connection to the upstream that others wait for.
  const stalled = setTimeout(() => response.destroy(), mostStalledMs).unref()
  response.once('drain', () => {
    clearTimeout(stalled)
    controller.resume()
  })
}

/** Passes the last piece on. As text a small one leaves together with the header section; bytes would be a second write. */
export function passLast(response: ServerResponse, controller: Controller, piece: Buffer) {
  if (piece.length < smallBytes) response.end(piece.toString('latin1'), 'latin1')
  else response.end(piece, keep(controller, piece))
}
