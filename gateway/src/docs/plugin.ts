import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Build, Rendered } from './build.ts'
import { css } from './theme.ts'

interface Docs {
  current: () => Build
  start: () => void
  stop: () => void
}

interface Options {
  title: string
}

// Swagger UI needs nothing inline (PROMISES K12); its icons are data: images in its style sheet.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'"
].join('; ')

/** Whether a client already has what `etag` names (RFC 9110, section 13.1.2: compared weakly). */
function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim())
  return known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag)
}

function serve(type: string, rendered: () => Rendered) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { bytes, etag } = rendered()
    reply.headers({ etag, 'cache-control': 'no-cache' })
    if (isKnown(request, etag)) return reply.code(304).send()
    return reply.type(type).send(bytes)
  }
}

/** Plugin that serves the combined document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. */
export function docsRoutes(docs: Docs, { title }: Options): FastifyPluginAsync {
  return async (app) => {
    const quiet = { schema: { hide: true } }
    app.get(
      '/openapi.json',
      quiet,
      serve('application/json; charset=utf-8', () => docs.current().json)
    )
    app.get(
      '/openapi.yaml',
      quiet,
      serve('application/yaml', () => docs.current().yaml())
    )
    // Swagger UI asks for this plugin; the document it shows is ours, by transformSpecification.
    await app.register(swagger, {
      mode: 'static',
      specification: { document: docs.current().document as never }
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: policy,
      logo: null as never,
      theme: { title, css: [{ filename: 'theme.css', content: css }] },
      transformSpecification: () => docs.current().document,
      transformSpecificationClone: false,
      uiConfig: {
        layout: 'BaseLayout',
        deepLinking: true,
        persistAuthorization: true,
        displayRequestDuration: true,
        docExpansion: 'list',
        defaultModelsExpandDepth: 0
      }
    })
    app.addHook('onReady', async () => docs.start())
    app.addHook('onClose', async () => docs.stop())
  }
}
