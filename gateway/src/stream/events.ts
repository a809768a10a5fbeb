import type { Dispatcher } from 'undici'
import type { Relay } from '../forward/relay.ts'
import { createEventText } from './event-text.ts'
import type { Streams } from './streams.ts'

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
function keepAlive(relay: Relay, idleMs: number) {
  const { response } = relay.exchange
  const text = createEventText()
  relay.beat = () => {
    // Where the client does not even take the events, it needs no comments.
    if (response.writableNeedDrain || response.writableEnded) return
    const comment = text.comment()
    if (comment !== null) response.write(comment)
  }
  const timer = setInterval(relay.beat, idleMs)
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
export function relayEvents(relay: Relay, options: Options): Dispatcher.DispatchHandler {
  const { streams, idleMs } = options
  const { response, claims, request } = relay.exchange
  let passing: ((chunk: Buffer) => Buffer) | null = null

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
    const isPlain = headers['content-encoding'] === undefined && request.method !== 'HEAD'
    if (isText && isPlain && !counted) passing = keepAlive(relay, idleMs)
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
      const sent = passing ? passing(chunk) : chunk
      if (sent.length > 0) relay.onResponseData(controller, sent)
    },
    onResponseEnd: () => relay.onResponseEnd(),
    onResponseError: (controller, error) => relay.onResponseError(controller, error)
  }
}
