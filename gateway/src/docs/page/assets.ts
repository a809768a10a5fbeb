import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { createCompressed } from './coding.ts'
import type { Resource } from './send.ts'

const swaggerUi = join(
  dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')),
  'static'
)
const fromSwaggerUi = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']
const own = join(import.meta.dirname, 'browser')

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png'
}

const digest = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64url').slice(0, 16)
}

async function load(path: string) {
  const hash = digest(await readFile(path))
  const bytesIn = createCompressed(() => readFile(path))
  return { type: types[extname(path)] ?? '', etag: `"${hash}"`, bytesIn } satisfies Resource
}

/**
 * All files that the page loads, by name, and one `version` of them together: the name of the folder that they
 * are served from, so that browsers may keep them for good.
 */
export async function loadAssets() {
  const ownNames = (await readdir(own)).filter((name) => extname(name) in types).sort()
  const paths = [
    ...fromSwaggerUi.map((name) => [name, join(swaggerUi, name)] as const),
    ...ownNames.map((name) => [name, join(own, name)] as const)
  ]
  const entries = paths.map(async ([name, path]) => [name, await load(path)] as const)
  const files = new Map<string, Resource>(await Promise.all(entries))
  const version = digest(...[...files].map(([name, { etag }]) => name + etag))
  return { version, files, scripts: ownNames.filter((name) => name.endsWith('.js')) }
}

export type Assets = Awaited<ReturnType<typeof loadAssets>>
