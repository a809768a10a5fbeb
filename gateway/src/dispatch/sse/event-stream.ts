import type { Dispatcher } from 'undici'
import type { ProxyExchange } from '../http/proxy-exchange.ts'
import type { Streams } from './open-streams.ts'

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

interface Options {
  streams: Streams
  /** Silence after which a comment says that the stream is alive, in ms. */
  idleMs: number
}

type Controller = Dispatcher.DispatchController

/** Time for a client to take what was written before the stream is cut off, in ms. */
const goodbyeMs = 1000

const overByUs = new Error('the stream was ended here')

/** Writes a comment whenever nothing has been for so long; gives what of every chunk goes to the client. */
function keepAlive(proxied: ProxyExchange, idleMs: number) {
  const { response } = proxied.exchange
  const text = createEventText()
  proxied.heartbeat = () => {
    // Where the client does not even take the events, it needs no comments.
    if (response.writableNeedDrain || response.writableEnded) return
    const comment = text.comment()
    if (comment !== null) response.write(comment)
  }
  const timer = setInterval(proxied.heartbeat, idleMs)
  response.once('close', () => clearInterval(timer))
  return (chunk: Buffer) => {
    timer.refresh()
    return text.pass(chunk)
  }
}

/** Where the upstream says nothing of it. */
const unlessSaid = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

const isSuccess = (status: number) => status >= 200 && status < 300

/**
 * `stream: sse`: the answer is relayed as it comes and for as long as the caller's session lasts. What is no success
 * is an answer like any other.
 */
export function relayEvents(proxied: ProxyExchange, options: Options): Dispatcher.DispatchHandler {
  const { streams, idleMs } = options
  const { response, claims, request } = proxied.exchange
  let passing: ((chunk: Buffer) => Buffer) | null = null

  function begin(controller: Controller, headers: Record<string, string | string[] | undefined>) {
    const counted = headers['content-length'] !== undefined
    const release = streams.watch(claims, (why) => {
      proxied.exchange.reason = why
      proxied.finish(() => (counted ? response.destroy() : response.end()))
      controller.abort(overByUs)
      setTimeout(() => response.destroy(), goodbyeMs).unref()
    })
    response.once('close', release)
    const isText = /^text\/event-stream\b/i.test(String(headers['content-type']))
    const isPlain = headers['content-encoding'] === undefined && request.method !== 'HEAD'
    if (isText && isPlain && !counted) passing = keepAlive(proxied, idleMs)
    response.flushHeaders()
  }

  return {
    onRequestStart: (controller) => proxied.onRequestStart(controller),
    onBodySent: () => proxied.onBodySent(),
    onResponseStart(controller, status, headers, phrase) {
      if (!isSuccess(status)) return proxied.onResponseStart(controller, status, headers, phrase)
      for (const [name, value] of Object.entries(unlessSaid))
        if (headers[name] === undefined) response.setHeader(name, value)
      proxied.onResponseStart(controller, status, headers, phrase)
      begin(controller, headers)
    },
    onResponseData(controller, chunk) {
      const sent = passing ? passing(chunk) : chunk
      if (sent.length > 0) proxied.onResponseData(controller, sent)
    },
    onResponseEnd: () => proxied.onResponseEnd(),
    onResponseError: (controller, error) => proxied.onResponseError(controller, error)
  }
}
