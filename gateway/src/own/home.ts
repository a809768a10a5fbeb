import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Service } from '../table/route.ts'

const links = [
  { href: '/docs', text: 'the documentation, to read and to try' },
  { href: '/openapi.json', text: 'the same for programs (OpenAPI 3.1)' },
  { href: '/openapi.yaml', text: 'and as YAML' },
  { href: '/health/live', text: 'whether the gateway is up' },
  { href: '/health/ready', text: 'whether what is behind it is ready' }
]

const demoHint = `<p>Demo accounts: <code>admin</code> / <code>a</code> and <code>user</code> / <code>u</code>.
Log in with <code>POST /api/login</code>.</p>`

const style = `body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color:#1d2733;background:#fff}
h1{margin-bottom:0}a{color:#0b57d0}code{background:#eef1f5;padding:.1em .3em;border-radius:.2em}
@media(prefers-color-scheme:dark){body{color:#dfe5ec;background:#14181d}a{color:#8ab4f8}code{background:#252c35}}`

function page(services: readonly Service[], demo: boolean): string {
  const items = links.map(({ href, text }) => `<li><a href="${href}">${href}</a>: ${text}</li>`)
  const names = services.map(({ name }) => name).join(', ')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gatehouse</title>
<meta name="viewport" content="width=device-width"><style>${style}</style>
<h1>Gatehouse</h1><p>One gateway in front of ${names}; everything it does comes from one table.</p>
<ul>${items.join('')}</ul>${demo ? demoHint : ''}</html>
`
}

/** `GET /`: says what runs here and where to go on, to people as a page and to programs as JSON. */
export const home: FastifyPluginAsync<{ services: readonly Service[]; demo: boolean }> = async (
  app,
  { services, demo }
) => {
  const html = page(services, demo)
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`
  const json = {
    name: 'gatehouse',
    services: services.map(({ name }) => name),
    links: links.map(({ href }) => href)
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
