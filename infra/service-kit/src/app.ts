import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyServerOptions, LogController } from 'fastify'
import { answerUnknownRoutes, sendProblem } from './errors.ts'
import { Problem } from './problem.ts'
import { requestIdFor } from './request-id.ts'
import { buildValidator } from './validation.ts'

export type App = ReturnType<typeof createApp>

interface Options {
  /** Name of the service, in OpenAPI and in its log lines. */
  title: string
  /** What the service is for, in OpenAPI. */
  description?: string
  logLevel?: string
  /** Anything else Fastify can be told; wins over what stands here. */
  fastify?: FastifyServerOptions
}

const bodyLimitBytes = 64 * 1024
const requestTimeoutMs = 30_000

const serverOptions = {
  // A handler that runs on while the server closes must be able to finish (PROMISES, Drain).
  return503OnClosing: false,
  bodyLimit: bodyLimitBytes,
  requestTimeout: requestTimeoutMs,
  logController: new LogController({
    disableRequestLogging: true,
    requestIdLogLabel: 'request_id'
  }),
  requestIdHeader: false,
  genReqId: (raw) => requestIdFor(raw.headers['request-id']),
  frameworkErrors: sendProblem,
  schemaController: { compilersFactory: { buildValidator } }
} satisfies FastifyServerOptions

/** The only place that calls `Fastify()`: logging, request ids, problem documents, TypeBox and OpenAPI. */
export function createApp({ title, description = '', logLevel = 'info', fastify }: Options) {
  const logger = { level: logLevel, base: { service: title.toLowerCase() } }
  const app = Fastify({
    logger,
    ...serverOptions,
    ...fastify
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.addSchema(Problem)
  app.setErrorHandler(sendProblem)
  answerUnknownRoutes(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const user_id = request.headers['request-user-id']
    const ms = Math.round(reply.elapsedTime)
    request.log.info({ method, url, user_id, status: reply.statusCode, ms }, 'answered')
  })
  app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title, description, version: '1' } },
    refResolver: { buildLocalReference: (json) => String(json.$id) }
  })
  app.get('/openapi.json', { schema: { hide: true }, logLevel: 'warn' }, async () => app.swagger())
  return app
}
