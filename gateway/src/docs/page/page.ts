import { createHash } from 'node:crypto'
import { notFound } from '@gatehouse/service-kit'
import type { FastifyPluginAsync } from 'fastify'
import { loadAssets } from './assets.ts'
import { createCompressed } from './coding.ts'
import { type PageOptions, pageHtml } from './html.ts'
import { send } from './send.ts'

/** What the gateway knows of one service's part of the document. */
export interface Part {
  name: string
  /** The version that the service's document names; null before the first was read. */
  version: string | null
  /** When it was last read (ISO 8601), and since when it could not be; null where it was not, or could. */
  read_at: string | null
  stale_since: string | null
}

interface Options extends PageOptions {
  parts: () => Part[]
  /** The etag of the document that is served now. */
  etag: () => string
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

const forGood = 'public, max-age=31536000, immutable'
const quiet = { schema: { hide: true }, logLevel: 'warn' } as const

function resourceOf(html: string) {
  const bytes = Buffer.from(html)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16)
  return {
    type: 'text/html; charset=utf-8',
    etag: `"${hash}"`,
    bytesIn: createCompressed(async () => bytes)
  }
}

/** Plugin that serves the documentation as a page at /docs, with all that it loads. */
export function pageRoutes({ parts, etag, ...options }: Options): FastifyPluginAsync {
  return async (app) => {
    const assets = await loadAssets()
    const page = resourceOf(pageHtml(options, assets))

    app.get('/docs', { schema: { hide: true } }, async (request, reply) => {
      reply.header('content-security-policy', policy)
      return send(request, reply, page)
    })

    app.get('/docs/', quiet, async (_request, reply) => reply.redirect('/docs', 308))

    app.get('/docs/parts', quiet, async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { at: new Date().toISOString(), etag: etag(), parts: parts() }
    })

    app.get<{ Params: { version: string; name: string } }>(
      '/docs/assets/:version/:name',
      quiet,
      async (request, reply) => {
        const { version, name } = request.params
        const file = assets.files.get(name)
        if (!file) throw notFound('not-found', 'There is nothing at this path.')
        // A page that another version of the gateway has sent gets ours, while both are there.
        if (version === assets.version) reply.header('cache-control', forGood)
        return send(request, reply, file)
      }
    )
  }
}
