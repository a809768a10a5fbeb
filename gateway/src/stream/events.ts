import type { Dispatcher } from 'undici'
import type { Relay } from '../forward/relay.ts'
import type { Streams } from './streams.ts'

interface Options {
  streams: Streams
  /** Silence after which a comment says that the stream is alive, in ms. */
  idleMs: number
}

type Controller = Dispatcher.DispatchController

/** A comment, which every reader of events skips (HTML, section 9.2.6). */
const heartbeat = ':\n\n'
/** An empty line, which ends an event; a line ends with LF, CR or both. */
const eventEnd = /(?:\n\n|\r\r|[\n\r]\r\n)$/
const longestEventEnd = 3
/** Time for a client to take what was written before the stream is cut off, in ms. */
const goodbyeMs = 1000

const overByUs = new Error('the stream was ended here')

/** Follows the text of a stream, to know whether it stands between two events: only there may a comment go in. */
export function createEventText() {
  let last = ''
  return {
    pass(chunk: Buffer) {
      last = (last + chunk.subarray(-longestEventEnd).toString('latin1')).slice(-longestEventEnd)
    },
    between: () => last === '' || eventEnd.test(last)
  }
}

/** Writes the comment whenever nothing has been for so long; gives what is told of every chunk. */
function keepAlive({ exchange }: Relay, idleMs: number) {
  const { response } = exchange
  const text = createEventText()
  const timer = setInterval(() => {
    // Where the client does not even take the events, it needs no comments.
    if (text.between() && !response.writableNeedDrain && !response.writableEnded) {
      response.write(heartbeat)
    }
  }, idleMs)
  response.once('close', () => clearInterval(timer))
  return (chunk: Buffer) => {
    text.pass(chunk)
    timer.refresh()
  }
}

/** Where the upstream says nothing of it. */
const unlessSaid = { 'cache-control': 'no-store', 'x-accel-buffering': 'no' }

const isSuccess = (status: number) => status >= 200 && status < 300

/**
 * `stream: sse`: the answer is relayed as it comes and for as long as the caller's session lasts. What is no success
 * is an answer like any other.
 */
export function relayEvents(relay: Relay, options: Options): Dispatcher.DispatchHandler {
  const { streams, idleMs } = options
  const { response, claims, request } = relay.exchange
  let passed: ((chunk: Buffer) => void) | null = null

  function begin(controller: Controller, headers: Record<string, string | string[] | undefined>) {
    const counted = headers['content-length'] !== undefined
    const release = streams.watch(claims, (why) => {
      relay.exchange.reason = why
      relay.finish(() => (counted ? response.destroy() : response.end()))
      controller.abort(overByUs)
      setTimeout(() => response.destroy(), goodbyeMs).unref()
    })
    response.once('close', release)
    const isText = /^text\/event-stream\b/i.test(String(headers['content-type']))
    const isPlain = headers['content-encoding'] === undefined && request.method === 'GET'
    if (isText && isPlain && !counted) passed = keepAlive(relay, idleMs)
    response.flushHeaders()
  }

  return {
    onRequestStart: (controller) => relay.onRequestStart(controller),
    onBodySent: () => relay.onBodySent(),
    onResponseStart(controller, status, headers, phrase) {
      if (!isSuccess(status)) return relay.onResponseStart(controller, status, headers, phrase)
      for (const [name, value] of Object.entries(unlessSaid))
        if (headers[name] === undefined) response.setHeader(name, value)
      relay.onResponseStart(controller, status, headers, phrase)
      begin(controller, headers)
    },
    onResponseData(controller, chunk) {
      passed?.(chunk)
      relay.onResponseData(controller, chunk)
    },
    onResponseEnd: () => relay.onResponseEnd(),
    onResponseError: (controller, error) => relay.onResponseError(controller, error)
  }
}
