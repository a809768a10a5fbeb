import type { IncomingMessage } from 'node:http'
import type { GatewayResponse } from './response.ts'

/** How long after a client's FIN it is asked whether it still reads, and it is decided, in ms: within a second. */
const askMs = 500
const decideMs = 850

interface Asking {
  /** Whether nobody waits for the answer any more. */
  isOver: () => boolean
  /** Writes something that means nothing into the answer; null where there is no such thing. */
  heartbeat: (() => void) | null
}

/**
 * Finds out whether a client that sent a FIN still reads, by writing to it: one that has closed meets that with a reset.
 * What can be written is an interim answer (RFC 9110 15.2), the header section of an answer that waits for its body, or a
 * comment between events.
 * While something is on its way to the client nothing is to be asked. In the middle of an answer that does not move
 * nothing can be: a client that sent a FIN is taken for gone then, as nearly all are.
 */
export function probe(
  { request, response }: { request: IncomingMessage; response: GatewayResponse },
  { isOver, heartbeat }: Asking
) {
  const sent = response.socket?.bytesWritten
  /** Whether the client has been told nothing since its FIN, and nothing is on the way; asks where it can. */
  const isSilent = () => {
    // An answer that waits behind another's has no socket yet.
    if (isOver() || !response.socket) return false
    if (response.headersSent) {
      response.flushHeaders()
      heartbeat?.()
    } else if (request.httpVersionMinor > 0) response.writeProcessing()
    const { bytesWritten, writableLength } = response.socket
    return response.headersSent && writableLength === 0 && bytesWritten === sent
  }
  setTimeout(isSilent, askMs).unref()
  setTimeout(() => isSilent() && response.destroy(), decideMs).unref()
}
