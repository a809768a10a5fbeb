import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Service } from '../route-table/types.ts'

const toDocs = [
  { href: '/docs', text: 'the documentation, to read and to try' },
  { href: '/openapi.json', text: 'the same for programs (OpenAPI 3.1)' },
  { href: '/openapi.yaml', text: 'and as YAML' }
]

const toHealth = [
  { href: '/health/live', text: 'whether the gateway is up' },
  { href: '/health/ready', text: 'whether what is behind it is ready' }
]

const demoHint = `<p>Demo accounts: <code>admin</code> / <code>a</code> and <code>user</code> / <code>u</code>.
The documentation logs in as either with one button; programs use <code>POST /api/login</code>.</p>`

const style = `body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color:#1d2733;background:#fff}
h1{margin-bottom:0;line-height:1.2}li{margin:.25rem 0}a{color:#0b57d0}code{background:#f4f6f8;padding:.1em .3em;border-radius:.2em}
@media(prefers-color-scheme:dark){body{color:#dfe5ec;background:#14181d}a{color:#8ab4f8}code{background:#1d232a}}`

interface Options {
  services: readonly Service[]
  demo: boolean
  /** Whether there is documentation to lead to. */
  documented: boolean
}

const linksOf = ({ documented }: Options) => [...(documented ? toDocs : []), ...toHealth]

function page(options: Options): string {
  const { services, demo } = options
  const links = linksOf(options)
  const items = links.map(({ href, text }) => `<li><a href="${href}">${href}</a>: ${text}</li>`)
  const names = services.map(({ name }) => name).join(', ')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gatehouse</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><style>${style}</style>
<h1>Gatehouse</h1><p>One gateway in front of ${names}; everything it does comes from one table.</p>
<ul>${items.join('')}</ul>${demo ? demoHint : ''}</html>
`
}

/** `GET /`: says what runs here and where to go on, to people as a page and to programs as JSON. */
export const home: FastifyPluginAsync<Options> = async (app, options) => {
  const { services } = options
  const html = page(options)
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`
  const json = {
    name: 'gatehouse',
    services: services.map(({ name }) => name),
    links: linksOf(options).map(({ href }) => href)
  }
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    reply.header('vary', 'accept')
    if (!request.headers.accept?.includes('text/html')) return json
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .send(html)
  })
}
