import type { Dispatcher } from 'undici'
import type { ProxyExchange } from './proxy-exchange.ts'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController

/** Of an answer that is held back no more is read than this, in bytes, and a piece. */
const mostHeld = 64 * 1024

interface Options {
  exchange: ProxyExchange
  /** Resolves when this gateway knows what the request has ended. */
  catchUp: () => Promise<void>
  /** Whether an answer of this status may have ended a session. */
  concerns: (status: number) => boolean
}

/**
 * `revoke: any`: holds an answer back until this gateway knows which sessions have ended by it, so that the very next
 * request of such a session is refused. It never rejects, and takes a second at most.
 */
export function awaitRevocation(inner: Handler, { exchange, catchUp, concerns }: Options): Handler {
  let held: (() => void)[] | null = null
  let heldBytes = 0
  const hold = (call: () => void) => {
    if (held) held.push(call)
    else call()
  }
  function release(controller: Controller) {
    const calls = held ?? []
    held = null
    if (controller.paused) controller.resume()
    // The client may have left meanwhile.
    for (const call of calls) if (!exchange.isOver) call()
  }
  return {
    onRequestStart: (controller, context) => inner.onRequestStart?.(controller, context),
    onBodySent: () => exchange.onBodySent(),
    onResponseStart(controller, status, headers, phrase) {
      const start = () => inner.onResponseStart?.(controller, status, headers, phrase)
      if (!concerns(status)) return start()
      held = [start]
      exchange.answered()
      // A connection that has its whole answer is at once the next request's.
      catchUp()
        .then(() => release(controller))
        .catch((error) => exchange.fail(error))
    },
    onResponseData(controller, chunk) {
      if (held === null) return inner.onResponseData?.(controller, chunk)
      // The memory that it lies in is read into again.
      const copy = Buffer.from(chunk)
      held.push(() => inner.onResponseData?.(controller, copy))
      heldBytes += copy.length
      if (heldBytes > mostHeld) controller.pause()
    },
    onResponseEnd: (controller, trailers) =>
      hold(() => inner.onResponseEnd?.(controller, trailers)),
    onResponseError: (controller, error) => hold(() => inner.onResponseError?.(controller, error))
  }
}
