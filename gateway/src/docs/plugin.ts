import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import type { FastifyPluginAsync } from 'fastify'
import type { Build } from './build.ts'
import type { Text } from './job.ts'
import { createCompressed } from './page/coding.ts'
import type { PageOptions } from './page/html.ts'
import { type Part, pageRoutes } from './page/page.ts'
import { type Resource, send } from './page/send.ts'

interface Docs {
  current: () => Build
  parts: () => Part[]
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
