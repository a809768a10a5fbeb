import type { Socket } from 'node:net'
import { countPassed } from '../forward/collect.ts'
import { closeFrame, createFrames } from './frames.ts'

interface Ends {
  from: Socket
  to: Socket
  /** In which role the gateway writes to `to`. */
  as: 'client' | 'server'
  /** Told whenever bytes pass. */
  moved: () => void
}

export type Lane = ReturnType<typeof createLane>

/** One direction of a tunnel: bytes pass untouched, no faster than they are taken, and so does the end. */
export function createLane({ from, to, as, moved }: Ends) {
  const frames = createFrames()
  let bytes = 0
  let farewell: Buffer | null = null
  let ended = false

  function write(chunk: Buffer) {
    bytes += chunk.length
    countPassed(chunk.length)
    if (!to.write(chunk)) from.pause()
  }

  /** Nothing follows a close frame, be it ours or the peer's own. */
  function end() {
    if (ended) return
    ended = true
    if (farewell && frames.between() && !frames.closed()) to.write(farewell)
    to.end()
    // What still comes is dropped, so that the end of it can be seen.
    from.resume()
  }

  function take(chunk: Buffer) {
    if (ended) return
    moved()
    if (farewell === null) {
      frames.pass(chunk)
      return write(chunk)
    }
    write(chunk.subarray(0, frames.complete(chunk)))
    if (frames.between()) end()
  }

  return {
    /** Begins; `early` came before, and the end of `from` may have come as well. */
    start(early: Buffer) {
      from.on('data', take).on('end', end).resume()
      to.on('drain', () => from.resume())
      if (early.length > 0) take(early)
      if (from.readableEnded) end()
    },
    /** Ends with a close frame, as soon as one can stand: where the frame that is under way ends. */
    close(code: number, reason: string) {
      farewell ??= closeFrame(code, reason, as)
      if (frames.between()) end()
    },
    bytes: () => bytes
  }
}
