import type { Dispatcher } from 'undici'
import type { Relay } from '../forward/relay.ts'

type Handler = Dispatcher.DispatchHandler

interface Options {
  relay: Relay
  /** Resolves when this gateway knows what the request has ended. */
  catchUp: () => Promise<void>
  /** Whether an answer of this status may have ended a session. */
  concerns: (status: number) => boolean
}

/**
 * `revoke: any`: holds an answer back until this gateway knows which sessions have ended by it, so that the very next
 * request of such a session is refused. It never rejects, and takes a second at most.
 */
export function hearFirst(inner: Handler, { relay, catchUp, concerns }: Options): Handler {
  let held: (() => void)[] | null = null
  const hold = (call: () => void) => {
    if (held) held.push(call)
    else call()
  }
  return {
    onRequestStart: (controller, context) => inner.onRequestStart?.(controller, context),
    onBodySent: () => relay.onBodySent(),
    onResponseStart(controller, status, headers, phrase) {
      const start = () => inner.onResponseStart?.(controller, status, headers, phrase)
      if (!concerns(status)) return start()
      held = [start]
      // Not paused: a connection that has its whole answer is at once the next request's.
      void catchUp().then(() => {
        const calls = held ?? []
        held = null
        // The client may have left meanwhile.
        for (const call of calls) if (!relay.isOver) call()
      })
    },
    onResponseData: (controller, chunk) => hold(() => inner.onResponseData?.(controller, chunk)),
    onResponseEnd: (controller, trailers) =>
      hold(() => inner.onResponseEnd?.(controller, trailers)),
    onResponseError: (controller, error) => hold(() => inner.onResponseError?.(controller, error))
  }
}
