import { writeSync } from 'node:fs'

/** The time of a log line, in UTC; pino wants it as the member that it writes. */
export const isoTime = () => `,"time":"${new Date().toISOString()}"`

/** Time for the lines that are left when the process ends, in ms. */
const farewellMs = 1000
/** Whoever reads the log may be slow; it is tried again after so many ms, then after twice as many, and so on. */
const retryMs = 1
const mostRetryMs = 50
/** Most characters that are held for a reader who takes nothing; what comes on top is counted, and dropped. */
const mostHeld = 8 * 1024 * 1024
/** Most bytes that are handed to the system in one turn of the event loop; a pipe holds as many. */
const mostAtOnce = 64 * 1024
/** Lines that follow others within so many ms are written together: each write wakes whoever reads the log. */
const togetherMs = 10
const none = Buffer.alloc(0)

/** The line that stands for those that were dropped. */
const lossLine = (dropped: number) =>
  `${JSON.stringify({ level: 40, time: new Date().toISOString(), dropped, msg: 'log lines dropped: the log reader is too slow' })}\n`

/** Stops the whole thread; only for when there is no event loop any more. */
function sleep(ms: number) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/**
 * Where log lines go: at once, and one write for all that follow within `togetherMs`. A pipe that is full takes nothing and holds
 * nobody up, since it does not block; a write on a thread of its own would leave open, when the process ends, what of it
 * has been done. pino's own output tries for ever to get rid of its last lines, and so the process never ends where
 * whoever reads them is gone, or takes nothing; this one gives up after a second. Without a reader lines are dropped, and
 * counted where there is one who takes nothing; those that a full disk refuses are lost.
 */
export function createLogOutput(fd: number) {
  /** Not begun with. */
  let held = ''
  /** Begun with. */
  let rest: Buffer = none
  let isDue = false
  let isGone = false
  let dropped = 0
  let waitMs = retryMs

  /** Begins with what is held where nothing is left; says whether there is anything. */
  function take(): boolean {
    if (rest.length > 0) return true
    rest = Buffer.from(dropped > 0 ? held + lossLine(dropped) : held)
    held = ''
    dropped = 0
    return rest.length > 0
  }

  /** Hands one piece over; says whether it was taken, as what a full disk refuses or nobody reads any more is, too. */
  function writePiece(): boolean {
    try {
      rest = rest.subarray(writeSync(fd, rest, 0, Math.min(rest.length, mostAtOnce)))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') return false
      rest = none
      isGone = code === 'EPIPE'
      if (isGone) held = ''
    }
    return true
  }

  function next() {
    isDue = take()
    if (!isDue) return
    if (!writePiece()) return later()
    waitMs = retryMs
    isDue = true
    if (rest.length > 0) setImmediate(next)
    else setTimeout(next, togetherMs).unref()
  }

  function later() {
    setTimeout(next, waitMs).unref()
    waitMs = Math.min(2 * waitMs, mostRetryMs)
  }

  /** Gets rid of what is left, now. */
  function flushSync() {
    const until = Date.now() + farewellMs
    while (take()) {
      if (writePiece()) continue
      if (Date.now() > until) return
      sleep(retryMs)
    }
  }

  return {
    write(line: string) {
      if (isGone) return
      if (held.length < mostHeld) held += line
      else dropped += 1
      if (isDue) return
      isDue = true
      setImmediate(next)
    },
    flushSync
  }
}

let output: ReturnType<typeof createLogOutput> | undefined

/** The log output of this process, which all its apps share: stdout. */
export function stdoutLog() {
  if (output) return output
  // Asking for it is what makes a pipe one that does not block.
  output = createLogOutput(process.stdout.fd)
  process.once('exit', output.flushSync)
  return output
}
