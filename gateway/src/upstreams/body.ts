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
