import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { notFound } from '@gatehouse/service-kit'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type Coding, codingFor, createCompressed, loadAssets, type Resource } from './assets.ts'
import type { Build, Text } from './merge-jobs.ts'
import { type PageOptions, pageHtml } from './page.ts'
import type { PublishedPart } from './service-documents.ts'

/** Another form of the same content needs another strong etag (RFC 9110, section 8.8.3.3). */
const tagOf = (etag: string, coding: Coding | null) =>
  coding === null ? etag : etag.replace(/"$/, `-${coding}"`)

/** Whether a client already has what `etag` names, in whatever coding (section 13.1.2: compared weakly). */
function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim())
  const plain = known.map((tag) => tag.replace(/^W\//, '').replace(/-(?:br|gzip)"$/, '"'))
  return plain.some((tag) => tag === '*' || tag === etag)
}

/** Sends a resource compressed as the client likes it, or a 304 where the client has it. */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, etag, bytesIn }: Resource
) {
  const coding = codingFor(request.headers['accept-encoding'])
  reply.headers({ etag: tagOf(etag, coding), vary: 'accept-encoding' })
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
  if (isKnown(request, etag)) return reply.code(304).send()
  if (coding !== null) reply.header('content-encoding', coding)
  return reply.type(type).send(await bytesIn(coding))
}

interface Options extends PageOptions {
  parts: () => PublishedPart[]
  /** The etag of the document that is served now. */
  etag: () => string
}

// Swagger UI needs nothing inline (guarantee K12); its icons are data: images in its style sheet.
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
        if (!file) throw notFound('not-found', 'No resource exists at this path.')
        // A page that another version of the gateway has sent gets ours, while both are there.
        if (version === assets.version) reply.header('cache-control', forGood)
        return send(request, reply, file)
      }
    )
  }
}

interface Docs {
  current: () => Build
  parts: () => PublishedPart[]
  start: () => void
  stop: () => void
}

const unpack = promisify(zstdDecompress)

/** What is served of a text; its forms for clients are forgotten with it. */
function createResources(type: string) {
  const known = new WeakMap<Text, Resource>()
  return (text: Text): Resource => {
    const { packed, etag } = text
    const bytesIn = createCompressed(async () => unpack(packed))
    const resource = known.get(text) ?? { type, etag, bytesIn }
    known.set(text, resource)
    return resource
  }
}

/** Plugin that serves the combined document at /openapi.json and /openapi.yaml, and the page at /docs. */
export function docsRoutes(docs: Docs, options: PageOptions): FastifyPluginAsync {
  return async (app) => {
    const quiet = { schema: { hide: true } }
    const json = createResources('application/json; charset=utf-8')
    const yaml = createResources('application/yaml')
    app.get('/openapi.json', quiet, async (request, reply) =>
      send(request, reply, json(docs.current().json))
    )
    app.get('/openapi.yaml', quiet, async (request, reply) =>
      send(request, reply, yaml(await docs.current().yaml()))
    )
    await app.register(
      pageRoutes({ ...options, parts: docs.parts, etag: () => docs.current().json.etag })
    )
    app.addHook('onReady', async () => docs.start())
    app.addHook('onClose', async () => docs.stop())
  }
}
