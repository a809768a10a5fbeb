import { randomBytes } from 'node:crypto'

/** A short frame has 2 bytes before its payload or mask, one of 16 or 64 bits of length 4 or 10 (RFC 6455 5.2). */
const longestHead = 10
const closeOpcode = 8
const finalClose = 0x80 | closeOpcode

/** Why the gateway closes a WebSocket (RFC 6455 7.4.1). */
export const closeCodes = { goingAway: 1001, policyViolation: 1008 } as const

function headSize(head: Buffer, have: number): number {
  if (have < 2) return 2
  const length = (head[1] ?? 0) & 0x7f
  if (length === 127) return 10
  return length === 126 ? 4 : 2
}

/** The bytes of a frame that follow its head: the mask, if there is one, and the payload. */
function restSize(head: Buffer): number {
  const second = head[1] ?? 0
  const mask = second & 0x80 ? 4 : 0
  const length = second & 0x7f
  if (length === 127) return mask + Number(head.readBigUInt64BE(2))
  return mask + (length === 126 ? head.readUInt16BE(2) : length)
}

/**
 * Follows one direction of a WebSocket without touching it, to know where a frame ends: only there may a
 * frame of the gateway's own go in between. Reads heads alone, so its cost is that of the number of frames.
 */
export function createFrames() {
  const head = Buffer.alloc(longestHead)
  let have = 0
  let left = 0
  let closing = false

  /** Takes what is there of a frame's head, from `at`; gives where it stopped. */
  function readHead(bytes: Buffer, at: number): number {
    let next = at
    while (next < bytes.length && have < headSize(head, have)) {
      head[have] = bytes[next] as number
      have += 1
      next += 1
    }
    if (have < headSize(head, have)) return next
    left = restSize(head)
    if (((head[0] ?? 0) & 0x0f) === closeOpcode) closing = true
    have = 0
    return next
  }

  /** Takes one frame, or what is there of it; gives where it stopped. */
  function step(bytes: Buffer, at: number): number {
    if (left === 0) return readHead(bytes, at)
    const taken = Math.min(left, bytes.length - at)
    left -= taken
    return at + taken
  }

  const between = () => left === 0 && have === 0

  return {
    /** Whether the bytes so far end with a frame. */
    between,
    /** Whether a close frame has begun: nothing may follow it. */
    closed: () => closing,
    /** Takes all of `bytes`. */
    pass(bytes: Buffer) {
      for (let at = 0; at < bytes.length; ) at = step(bytes, at)
    },
    /** Takes of `bytes` what completes the frame that is under way; gives their number. */
    complete(bytes: Buffer): number {
      let at = 0
      while (at < bytes.length && !between()) at = step(bytes, at)
      return at
    }
  }
}

/** A close frame; masked as a client's must be, or as a server's must not (RFC 6455 5.1). */
export function closeFrame(code: number, reason: string, from: 'client' | 'server'): Buffer {
  const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)])
  if (from === 'server') return Buffer.concat([Buffer.from([finalClose, payload.length]), payload])
  const mask = randomBytes(4)
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([finalClose, 0x80 | payload.length]), mask, masked])
}
