import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ClientError, closeSlowly } from '@gatehouse/service-kit'
import { safeMethods } from '../http/protocol.ts'

const ended = Symbol('ended')
const latest = Symbol('latest')
type CountedSocket = Socket & {
  [ended]?: boolean
  [latest]?: number
  _httpMessage?: ServerResponse | null
}

/** The number of a request among those of its connection, from 1. */
export function takeTurn(connection: CountedSocket): number {
  const turn = (connection[latest] ?? 0) + 1
  connection[latest] = turn
  return turn
}

/** How many requests have come on a connection. */
export function turnsOf(connection: CountedSocket): number {
  return connection[latest] ?? 0
}

/** Whether no further request of its connection has come: only its answer can be the last one. */
export function isLatest({ request, turn }: { request: IncomingMessage; turn: number }): boolean {
  return turnsOf(request.socket) === turn
}

/** On a connection whose end was announced nothing is served any more, also if it has arrived already (RFC 9112 9.6). */
export function announceEnd(socket: Socket) {
  ;(socket as CountedSocket)[ended] = true
}

export function isEndAnnounced(socket: Socket): boolean {
  return (socket as CountedSocket)[ended] === true
}

/** What Node calls when the last answer of a connection is out. */
function destroySlowly(this: Socket) {
  announceEnd(this)
  closeSlowly(this)
}

/** Lets the client hear the last answer of a connection though it is still sending (RFC 9112 9.6). */
export function endSlowly(socket: Socket) {
  socket.destroySoon = destroySlowly
}

/** The answer that is under way on a connection, where Node keeps it. */
export function answerOn(socket: Socket): ServerResponse | null {
  return (socket as CountedSocket)._httpMessage ?? null
}

/** Calls `then` when every answer that is under way on a connection is out. */
export function afterAnswers(socket: Socket, then: () => void) {
  const underWay = answerOn(socket)
  if (!underWay || underWay.writableFinished) then()
  else underWay.once('finish', () => setImmediate(afterAnswers, socket, then))
}

/**
 * Node lets go of a connection on which CONNECT was asked for, though answers may be under way on it: with nobody to
 * hear of them, a reset would end the process, and what the client has to take first would wait for ever.
 */
export function hearOnceMore(socket: Socket) {
  socket
    .on('error', () => {})
    .on('drain', () => answerOn(socket)?.emit('drain'))
    .resume()
}

/** What a client waits for, and is told what becomes of it. */
interface Waiting {
  /** The client sent a FIN; it may still be there to read. */
  clientSendsNoMore: () => void
  /** What it sends is not HTTP any more, or did not come in time. */
  clientBroke: (error: ClientError) => void
  /** The connection is no more. */
  clientClosed: () => void
}

const waiting = Symbol('waiting')
type WaitingSocket = Socket & { [waiting]?: Waiting[] }

/** Makes `exchange` one that a client waits for on its connection: one after the other, or several where they are pipelined. */
export function waitOn(socket: WaitingSocket, exchange: Waiting) {
  const those = socket[waiting]
  if (those) those.push(exchange)
  else socket[waiting] = [exchange]
}

/** The client waits for it no longer; an idle connection keeps nothing of what was. */
export function waitNoMore(socket: WaitingSocket, exchange: Waiting) {
  const those = socket[waiting] ?? []
  const index = those.indexOf(exchange)
  if (index === 0) those.shift()
  else if (index > 0) those.splice(index, 1)
}

/** What a client waits for on its connection; each that hears of its end may leave the list. */
const waitingOn = (socket: WaitingSocket) => [...(socket[waiting] ?? [])]

/** Tells what a client waits for of the end of its connection; listened for once, and not anew for each request. */
export function reportWaiting(socket: Socket) {
  socket.once('end', () => {
    for (const exchange of waitingOn(socket)) exchange.clientSendsNoMore()
  })
  socket.once('close', () => {
    for (const exchange of waitingOn(socket)) exchange.clientClosed()
  })
}

/** Tells what a client waits for that nothing more can be read of it. */
export function tellBroken(socket: Socket, error: ClientError) {
  for (const exchange of waitingOn(socket)) exchange.clientBroke(error)
}

const held = Symbol('held')
const ahead = Symbol('ahead')
type PipelinedSocket = Socket & { [held]?: number; [ahead]?: number }

/** As many requests of one connection may wait for their turn before no more of it is read. */
const mostHeld = 64
/** As many are served before it is their turn: their answers wait in memory, whether the client reads or not (guarantee F21). */
const mostAhead = 8

/**
 * Whether a request may be served now. Of what is pipelined only safe requests may run at the same time (RFC 9112
 * 9.3.2), or a client that writes and then reads would read what was there before; and not more than a few, which are
 * counted here.
 */
export function mayRun(
  { socket, method = '' }: IncomingMessage,
  response: ServerResponse
): boolean {
  // Node gives an answer its socket when it is its turn.
  if (response.socket) return true
  const connection: PipelinedSocket = socket
  const first = answerOn(socket)?.req.method ?? ''
  const running = connection[ahead] ?? 0
  const isFree = !connection[held] && running < mostAhead
  if (!isFree || !safeMethods.has(method) || !safeMethods.has(first)) return false
  connection[ahead] = running + 1
  response.once('socket', () => {
    connection[ahead] = (connection[ahead] ?? 1) - 1
  })
  return true
}

/** Stops reading, where that is still right: behind a request without a body Node reads on when its listeners return. */
function readNoMore(connection: Socket, isRight: () => boolean) {
  process.nextTick(() => isRight() && connection.pause())
}

/** Of a connection whose last answer is under way nothing more is read until it is out (guarantee F21). */
export function holdUnread(connection: Socket) {
  readNoMore(connection, () => answerOn(connection) !== null)
}

/** Calls `serve` when all answers before this one are out. */
export function holdBack(request: IncomingMessage, response: ServerResponse, serve: () => void) {
  const connection: PipelinedSocket = request.socket
  const count = (connection[held] ?? 0) + 1
  connection[held] = count
  if (count >= mostHeld) readNoMore(connection, () => (connection[held] ?? 0) > 0)
  response.once('socket', () => {
    connection[held] = (connection[held] ?? 1) - 1
    if (connection[held] === 0) connection.resume()
    process.nextTick(serve)
  })
}
