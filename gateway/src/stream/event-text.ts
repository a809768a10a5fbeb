/** Comments are skipped by every reader of events (HTML, section 9.2.6); between events also by those that look for the empty line. */
const betweenEvents = ':\n\n'
/** An empty line would end the event that is under way. */
const withinEvent = ':\n'
/** An empty line, which ends an event; a line ends with LF, CR or both. */
const eventEnd = /(?:\n\n|\r\r|[\n\r]\r\n)$/
const longestEventEnd = 3
/** Skipped by a reader where the stream begins with it, and part of a field's name anywhere else. */
const byteOrderMark = Buffer.from('\ufeff')
const none = Buffer.alloc(0)

/** Follows the text of a stream, to know where a comment may go in: where a line begins. */
export function createEventText() {
  /** What came first, while it may be a byte order mark; null when it is known. */
  let first: Buffer | null = none
  let isCommented = false
  /** The end of what has passed. */
  let last = ''

  /** A byte order mark waits for what follows it, and stays behind where a comment went out before it. */
  function begin(bytes: Buffer): Buffer {
    const isPart = bytes.equals(byteOrderMark.subarray(0, bytes.length))
    first = isPart ? bytes : null
    if (isPart) return none
    const isMarked = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark)
    return isMarked && isCommented ? bytes.subarray(byteOrderMark.length) : bytes
  }

  return {
    /** Takes a piece of the upstream's; gives what of it goes to the client now. */
    pass(chunk: Buffer): Buffer {
      const sent = first ? begin(Buffer.concat([first, chunk])) : chunk
      last = (last + sent.subarray(-longestEventEnd).toString('latin1')).slice(-longestEventEnd)
      return sent
    },
    /** The comment that goes out now; null where none may: after a CR the line may still end with LF. */
    comment(): string | null {
      const isBetween = last === '' || eventEnd.test(last)
      if (!isBetween && !last.endsWith('\n')) return null
      isCommented = true
      return isBetween ? betweenEvents : withinEvent
    }
  }
}
