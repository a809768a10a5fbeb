import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { ProblemError } from '@gatehouse/service-kit'
import type { Dispatcher } from 'undici'
import type { Exchange } from '../../exchange.ts'
import type { Upgrade } from '../../server/upgrade.ts'
import type { ProxyExchange } from '../http/proxy-exchange.ts'
import { responseHeaders } from '../http/response-headers.ts'
import type { Streams } from '../sse/open-streams.ts'
import { isAnswerTo, switchingFields } from './handshake.ts'
import { openTunnel, type TunnelEnd } from './tunnel.ts'

interface Options {
  streams: Streams
  /** Longest silence, in ms. */
  idleMs: number
  /** Told of the exchange when its tunnel is over. */
  done: (exchange: Exchange) => void
}

const badAnswer = () =>
  new ProblemError(
    502,
    'upstream-failed',
    'The upstream service did not complete the WebSocket handshake.'
  )

/** Sends the 101, after which the connection is no longer HTTP's. */
function switchProtocols({ response }: Exchange, { socket }: Upgrade, headers: string[]) {
  response.writeHead(101, headers)
  response.flushHeaders()
  response.detachSocket(socket)
}

/**
 * `stream: websocket`: after the upstream's 101 bytes pass both ways, until either end or the gateway closes. Any
 * other answer of the upstream is relayed as it is.
 */
export function relayWebSocket(
  proxied: ProxyExchange,
  options: Options
): Dispatcher.DispatchHandler {
  const { streams, idleMs, done } = options
  const { exchange } = proxied

  function open(upgrade: Upgrade, upstream: Socket, headers: string[]) {
    switchProtocols(exchange, upgrade, headers)
    const { socket: client, early } = upgrade
    const over = (end: TunnelEnd) => {
      exchange.reason = end.reason
      exchange.bytes = { received: end.received, sent: end.sent }
      done(exchange)
      release()
    }
    const close = openTunnel({ client, upstream, early: early(), idleMs, over })
    const release = streams.watch(exchange.claims, close)
  }

  return {
    onRequestStart: (controller) => proxied.onRequestStart(controller),
    onRequestUpgrade(controller, _status, headers, socket) {
      const { request, upgrade } = exchange
      if (upgrade === null || !isAnswerTo(request, headers as IncomingHttpHeaders)) {
        socket.destroy()
        return proxied.fail(badAnswer())
      }
      const { lines } = responseHeaders(exchange, controller.rawHeaders as Buffer[])
      exchange.response.lines = lines
      const fields = switchingFields(lines, upgrade.bearer)
      proxied.take(() => open(upgrade, socket as Socket, fields))
    },
    onResponseStart(controller, status, headers, phrase) {
      if (status === 101) proxied.fail(badAnswer())
      else proxied.onResponseStart(controller, status, headers, phrase)
    },
    onResponseData: (controller, chunk) => proxied.onResponseData(controller, chunk),
    onResponseEnd: () => proxied.onResponseEnd(),
    onResponseError: (controller, error) => proxied.onResponseError(controller, error)
  }
}
