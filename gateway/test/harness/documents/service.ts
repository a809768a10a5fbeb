import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { answered, documentOf } from './fixture.ts'

/** Starts a service on a free port whose answers the test changes by setting `answer`. */
export async function startService(t: TestContext, answer: RequestListener) {
  const service = { answer, asked: [] as string[], origin: '', close: async () => {} }
  const server = createServer((request, response) => {
    service.asked.push(`${request.url} ${request.headers['if-none-match'] ?? ''}`.trim())
    service.answer(request, response)
  })
  service.close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(service.close)
  service.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return service
}

/** Answers this text as JSON, or with other headers. */
export function answerText(
  text: string | Buffer,
  headers: object = {},
  status = 200
): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** A document with `GET /a`, told from others by its operationId. */
export function textOf(operationId: string): string {
  return JSON.stringify(documentOf({ '/a': { get: { operationId, responses: answered } } }))
}
