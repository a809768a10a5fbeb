import { Readable } from 'node:stream'

/** Where the pieces of a body go. */
export interface Sink {
  /** Gives false where no more is to come before `resume`. */
  data: (bytes: Buffer) => boolean
  end: () => void
  failed: (error: Error) => void
}

/** The body of a request, which waits until it is asked for. Not a stream: that would cost such a request a tenth. */
export interface Body {
  /** Hands it over from here on, piece by piece. */
  sendTo: (sink: Sink) => void
  resume: () => void
  /** Nobody wants the rest of it. */
  destroy: () => void
}

/** The same as a stream. */
export function readableOf(body: Body): Readable {
  let isBegun = false
  const stream = new Readable({
    read() {
      if (isBegun) return body.resume()
      isBegun = true
      body.sendTo({
        data: (bytes) => stream.push(bytes),
        end: () => stream.push(null),
        failed: (error) => stream.destroy(error)
      })
    },
    destroy(error, callback) {
      body.destroy()
      callback(error)
    }
  })
  // Whoever reads it hears of a failure; while it waits for a connection, nobody does yet, and nobody needs to.
  return stream.on('error', () => {})
}
