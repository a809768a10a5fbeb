import { Readable } from 'node:stream'
import { ProblemError } from '@gatehouse/service-kit'
import type { Exchange } from './exchange.ts'

export function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError(
    413,
    'body-too-large',
    `A body may have at most ${limitBytes} bytes here.`
  )
}

/**
 * The client's body as the upstream is to read it: chunk by chunk, no faster than it is taken. It stands between
 * the two because undici destroys a body whose request failed, and with the request itself would go the connection
 * on which the client still awaits its answer.
 * Fails with a 413 problem at the first byte over `limitBytes`, with an error where the client breaks off.
 */
export function createUpload(exchange: Exchange, limitBytes: number): Readable {
  const { request, response } = exchange
  let received = 0
  const upload = new Readable({
    read() {
      // The upstream is there and takes the body: only now does the client hear that it may send it.
      if (exchange.awaitsContinue) response.writeContinue()
      exchange.awaitsContinue = false
      request.resume()
    },
    destroy(error, callback) {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      // What is still to come is read and dropped, so that the answer can be heard. A body that nobody has begun to
      // read stays as it is: where the upstream was not there, it may be asked again.
      if (request.readableDidRead) request.resume()
      callback(error)
    }
  })
  // Whoever reads it hears of a failure; while it waits for a connection, nobody does yet, and nobody needs to.
  upload.on('error', () => {})
  const onData = (chunk: Buffer) => {
    received += chunk.length
    if (received > limitBytes) upload.destroy(tooLarge(limitBytes))
    else if (!upload.push(chunk)) request.pause()
  }
  const onEnd = () => void upload.push(null)
  const onClose = () => {
    if (!request.complete) upload.destroy(new Error('the client broke off'))
  }
  request.on('data', onData).on('end', onEnd).on('close', onClose).pause()
  return upload
}
