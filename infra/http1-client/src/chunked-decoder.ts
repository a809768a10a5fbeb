import { malformed } from './errors.ts'

const [cr, lf, semicolon, colon, space, tab, del] = [0x0d, 0x0a, 0x3b, 0x3a, 0x20, 0x09, 0x7f]
/** Longest line of a chunk's size with its extensions, and longest trailer section, in bytes. */
const longestLine = 16 * 1024
/** More bytes than anybody has, and still a whole number. */
const largest = 2 ** 48

const step = {
  size: 0,
  extension: 1,
  sizeEnd: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  /** At the beginning of a trailer line, where the empty line that ends the section may stand as well. */
  trailerStart: 6,
  trailerName: 7,
  trailerValue: 8,
  trailerLf: 9,
  /** The LF of the empty line that ends the section. */
  sectionLf: 10,
  /** White space behind the size: some servers fill it up with it. */
  blank: 11
}

/** Whether a byte may stand in a header name (RFC 9110 5.6.2). */
const isTokenByte = Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte))
)

/** Whether a byte may stand in the text of a line: of the controls only the tab (RFC 9110 5.5). */
const isTextByte = (byte: number) => (byte >= space && byte !== del) || byte === tab

/** Whether a byte may stand in an extension, or in the white space before one, where only a semicolon begins it. */
function mayStand(at: number, byte: number): boolean {
  if (at !== step.blank) return isTextByte(byte)
  return byte === semicolon || byte === space || byte === tab
}

function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

export type Chunked = ReturnType<typeof createChunked>

/**
 * Takes a chunked body apart (RFC 9112 7.1), however it is cut. Extensions are dropped, and so are trailers, which
 * nobody may merge into the header section.
 */
export function createChunked() {
  let at = step.size
  let size = 0
  let hasSize = false
  let line = 0

  function count() {
    line += 1
    if (line > longestLine) throw malformed('has a chunk line or a trailer that is too long')
  }
  function readSize(byte: number) {
    const digit = hexOf(byte)
    if (digit >= 0) {
      count()
      hasSize = true
      size = size * 16 + digit
      if (size > largest) throw malformed('has a chunk larger than anything')
    } else if (!hasSize) throw malformed('has a chunk without a size')
    else if (byte === cr) at = step.sizeEnd
    else if (mayStand(step.blank, byte)) at = byte === semicolon ? step.extension : step.blank
    else throw malformed('has a chunk whose size is no number')
  }
  function readExtension(byte: number) {
    count()
    if (byte === cr) at = step.sizeEnd
    else if (!mayStand(at, byte)) throw malformed('has a broken chunk line')
    else if (byte === semicolon) at = step.extension
  }
  function endSize(byte: number) {
    if (byte !== lf) throw malformed('has a broken chunk line')
    at = size === 0 ? step.trailerStart : step.data
    line = 0
  }
  function endData(byte: number, expected: number, next: number) {
    if (byte !== expected) throw malformed('has a chunk that is longer than its size')
    at = next
    hasSize = false
  }
  /**
   * Reads the trailer section by the grammar of header lines (RFC 9112 7.1.2): what is no line of a name, a colon and a
   * value may be the next response, whose end of this one is missing. Returns whether the section, and with it the body, ends.
   */
  function readTrailer(byte: number): boolean {
    count()
    if (at === step.sectionLf && byte === lf) return true
    if (at === step.trailerLf && byte === lf) at = step.trailerStart
    else if (at === step.trailerStart && byte === cr) at = step.sectionLf
    else if (at === step.trailerName && byte === colon) at = step.trailerValue
    else if (at === step.trailerValue && byte === cr) at = step.trailerLf
    else if (at === step.trailerValue && isTextByte(byte)) at = step.trailerValue
    else if ((at === step.trailerStart || at === step.trailerName) && isTokenByte[byte])
      at = step.trailerName
    else throw malformed('has a broken trailer')
    return false
  }
  function readByte(byte: number): boolean {
    if (at === step.size) readSize(byte)
    else if (at === step.extension || at === step.blank) readExtension(byte)
    else if (at === step.sizeEnd) endSize(byte)
    else if (at === step.dataCr) endData(byte, cr, step.dataLf)
    else if (at === step.dataLf) endData(byte, lf, step.size)
    else return readTrailer(byte)
    return false
  }

  /**
   * Takes the next bytes and hands on what is data among them. Gives the index after the body where it ends here,
   * -1 where more has to come. Throws where the chunks are none.
   */
  return (bytes: Buffer, from: number, onData: (data: Buffer) => void): number => {
    for (let index = from; index < bytes.length; ) {
      if (at === step.data) {
        const end = Math.min(index + size, bytes.length)
        onData(bytes.subarray(index, end))
        size -= end - index
        index = end
        if (size === 0) at = step.dataCr
      } else if (readByte(bytes[index++] as number)) return index
    }
    return -1
  }
}
