import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify'
import { readJsonOnly } from './content.ts'
import { closeConnectionsOnDrain } from './drain.ts'
import { answerUnknownRoutes, sendProblem } from './errors.ts'
import { isoTime, stdoutLog } from './log-output.ts'
import { answerMalformed } from './malformed.ts'
import { Problem } from './problem.ts'
import { requestIdFor } from './request-id.ts'
import { buildValidator } from './validation.ts'

export type App = ReturnType<typeof createApp>

interface Options {
  /** Name of the service, in OpenAPI and in its log lines. */
  title: string
  /** What the service is for, in OpenAPI. */
  description?: string
  /** The groups of operations in OpenAPI. */
  tags?: { name: string; description: string }[]
  logLevel?: string
  /** Where log lines go; to stdout without it. */
  logTo?: { write: (line: string) => void } | undefined
  /** Whether it describes its own routes at `/openapi.json`; the gateway serves a combined document instead. */
  openapi?: boolean
  /** Anything else Fastify can be told; wins over what stands here. */
  fastify?: FastifyServerOptions
}

/** Room for the longest texts of a contract with every character escaped; services take nothing larger. */
const bodyLimitBytes = 16 * 1024
const requestTimeoutMs = 30_000

const serverOptions = {
  // A handler that runs on while the server closes must be able to finish (guarantee G15).
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

/** Adds `request-id` to each response and logs each request: without the query, which may hold a secret. */
function logRequests(app: FastifyInstance) {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const [url] = request.url.split('?', 1)
    const user_id = request.headers['request-user-id']
    const duration_ms = Math.round(reply.elapsedTime)
    request.log.info(
      { method: request.method, url, user_id, status: reply.statusCode, duration_ms },
      'request completed'
    )
    done()
  })
}

/** Describes the routes that are registered after it at `GET /openapi.json`. */
function describeRoutes(app: FastifyInstance, { title, description = '', tags }: Options) {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version: '1' },
      ...(tags && { tags })
    },
    refResolver: { buildLocalReference: (json) => String(json.$id) }
  })
  app.get('/openapi.json', { schema: { hide: true }, logLevel: 'warn' }, async () => app.swagger())
}

/** The only place that calls `Fastify()`: logging, request ids, problem documents, TypeBox and OpenAPI. */
export function createApp(options: Options) {
  const { title, logLevel = 'info', logTo = stdoutLog(), openapi = true, fastify } = options
  const base = { service: title.toLowerCase() }
  const logger = { level: logLevel, base, stream: logTo, timestamp: isoTime }
  const app = Fastify({
    logger,
    ...serverOptions,
    clientErrorHandler: (error, socket) => answerMalformed(error, socket, app.log),
    ...fastify
  }).withTypeProvider<TypeBoxTypeProvider>()
  readJsonOnly(app)
  app.addSchema(Problem)
  app.setErrorHandler(sendProblem)
  answerUnknownRoutes(app)
  closeConnectionsOnDrain(app)
  logRequests(app)
  if (openapi) describeRoutes(app, options)
  return app
}
