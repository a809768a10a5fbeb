import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** Something to serve, in any coding, with the strong etag of its plain form. */
export interface Resource {
  type: string
  etag: string
  bytesIn: (coding: Coding | null) => Promise<Buffer>
}

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** A content coding of the pages. */
export type Coding = 'br' | 'gzip'

/** Above this step brotli takes ten times as long for a tenth less. */
const brotliQuality = 5

const compress: Record<Coding, (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) =>
    brotli(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length
      }
    }),
  gzip: (bytes) => zip(bytes)
}

/** The weight of a coding, from 0 to 1 (RFC 9110, section 12.5.3). */
function weightOf(coding: string, accepted: readonly string[]): number {
  const entry = accepted.find((item) => item === coding || item.startsWith(`${coding};`))
  if (entry === undefined) return coding === '*' ? 0 : weightOf('*', accepted)
  const weight = Number(/;q=([^;]*)/.exec(entry)?.[1] ?? 1)
  return Number.isNaN(weight) ? 0 : weight
}

/** The coding of the response to an Accept-Encoding header: brotli where its weight equals gzip's, null for none. */
export function codingFor(header: string | undefined): Coding | null {
  if (!header) return null
  const accepted = header
    .toLowerCase()
    .split(',')
    .map((item) => item.trim().replace(/\s*;\s*/, ';'))
  const [br, gz] = [weightOf('br', accepted), weightOf('gzip', accepted)]
  if (br === 0 && gz === 0) return null
  return br >= gz ? 'br' : 'gzip'
}

/**
 * Returns a function that gives bytes in any coding. It compresses them off the event loop on first use and caches the
 * result; it reads the plain bytes each time.
 */
export function createCompressed(read: () => Promise<Buffer>) {
  const made = new Map<Coding, Promise<Buffer>>()
  return async (coding: Coding | null): Promise<Buffer> => {
    if (coding === null) return read()
    const known = made.get(coding) ?? read().then(compress[coding])
    made.set(coding, known)
    // The next request retries a failed read.
    known.catch(() => made.delete(coding))
    return known
  }
}

const swaggerUi = join(
  dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui/package.json')),
  'static'
)
const fromSwaggerUi = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']
const own = join(import.meta.dirname, 'page/browser')

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
 * All files that the page loads, by name, and a `version` of them together, which is part of their URL, so that browsers
 * may cache them forever.
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
