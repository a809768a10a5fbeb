import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { createApp, type ProblemError, problems } from '@gatehouse/service-kit'
import type { FastifyServerOptions } from 'fastify'
import { Type } from 'typebox'

const Body = Type.Object(
  { name: Type.String({ minLength: 2, maxLength: 9 }), count: Type.Integer({ minimum: 1 }) },
  { additionalProperties: false }
)
const Query = Type.Object({ limit: Type.Optional(Type.Integer()) }, { additionalProperties: false })

interface Options {
  /** What `GET /thrown` throws. */
  thrown?: ProblemError | unknown
  fastify?: FastifyServerOptions
}

/** An app on the kit with one route of each kind; it is closed when the test ends. */
export async function startApp(t: TestContext, { thrown, fastify }: Options = {}) {
  const app = createApp({ title: 'Sample', logLevel: 'silent', ...(fastify && { fastify }) })
  const schema = { body: Body, querystring: Query, response: { 200: Body, ...problems(400) } }
  app.post('/things', { schema }, async (request) => request.body)
  app.get('/things', { schema: { querystring: Query } }, async (request) => request.query)
  app.post('/things/:id/press', async () => ({ pressed: true }))
  app.get('/thrown', async () => {
    throw thrown
  })
  t.after(() => app.close())
  await app.ready()
  return app
}

type Started = Awaited<ReturnType<typeof startApp>>

/** Sends bytes as they are, and gives what comes back until the other side closes. */
export async function exchange(app: Started, bytes: string): Promise<string> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let received = ''
  socket.on('data', (text) => {
    received += text
  })
  socket.on('error', reject).on('close', () => resolve(received))
  socket.write(bytes)
  return promise
}

/** The status, the header lines and the body of one answer. */
export function parseAnswer(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [statusLine = '', ...headers] = head.split('\r\n')
  return { status: Number(statusLine.split(' ')[1]), headers, body }
}
