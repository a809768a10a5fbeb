import { type Framing, type Head, readHead } from './message.ts'

interface Events {
  /** Called with every head; gives the framing of the body that follows it. */
  head: (head: Head) => Framing
  data: (bytes: Buffer) => void
  end: () => void
}

const none = Buffer.alloc(0)

/** Cuts a byte stream into HTTP/1.1 messages, one after the other, as the bytes arrive. */
export function createMessageReader(on: Events) {
  let held: Buffer = none
  let framing: Framing | null = null
  let chunkLeft: number | 'end' | null = null

  function take(count: number): Buffer {
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }

  function takeThrough(mark: string): string | null {
    const at = held.indexOf(mark)
    return at < 0 ? null : take(at + mark.length).toString('latin1')
  }

  function readStart(): boolean {
    const text = takeThrough('\r\n\r\n')
    if (text === null) return false
    framing = on.head(readHead(text))
    return true
  }

  function finish(): boolean {
    framing = null
    chunkLeft = null
    on.end()
    return true
  }

  /** After the last chunk come trailers, which end with an empty line as a head does. */
  function readTrailers(): boolean {
    if (held.subarray(0, 2).toString() === '\r\n') take(2)
    else if (takeThrough('\r\n\r\n') === null) return false
    return finish()
  }

  /** Data counts as it comes: the line break that ends a chunk may be sent only before the next. */
  function readChunked(): boolean {
    if (chunkLeft === 'end') {
      if (held.length < 2) return false
      take(2)
      chunkLeft = null
    }
    if (chunkLeft === null) {
      const line = takeThrough('\r\n')
      if (line === null) return false
      chunkLeft = Number.parseInt(line, 16)
    }
    if (chunkLeft === 0) return readTrailers()
    if (held.length === 0) return false
    const bytes = take(chunkLeft)
    on.data(bytes)
    chunkLeft = chunkLeft === bytes.length ? 'end' : chunkLeft - bytes.length
    return true
  }

  function readCounted(left: number): boolean {
    if (left > 0 && held.length === 0) return false
    const bytes = take(left)
    if (bytes.length > 0) on.data(bytes)
    framing = left - bytes.length
    return framing === 0 ? finish() : true
  }

  function step(): boolean {
    if (framing === null) return readStart()
    if (framing === 'chunked') return readChunked()
    if (framing !== 'until-close') return readCounted(framing)
    if (held.length > 0) on.data(take(held.length))
    return false
  }

  return {
    push(bytes: Buffer) {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      while (step());
    },
    /** The other side closed: this is the regular end only of a body that lasts until then. */
    close() {
      if (framing === 'until-close') finish()
    }
  }
}
