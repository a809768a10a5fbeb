import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { ProblemError } from '@gatehouse/service-kit'

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
export function createUpload(request: IncomingMessage, limitBytes: number): Readable {
  let received = 0
  const upload = new Readable({
    read: () => void request.resume(),
    destroy(error, callback) {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      // What is still to come is read and dropped, so that the answer can be heard.
      request.resume()
      callback(error)
    }
  })
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
