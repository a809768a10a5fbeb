import type { FastifyPluginAsync } from 'fastify'
import type { Service } from '../route-table/types.ts'
import { pagePolicy, pageWith } from './page.ts'

const toDocs = [
  { href: '/docs', text: 'API documentation, to read and to try' },
  { href: '/openapi.json', text: 'OpenAPI 3.1 document as JSON' },
  { href: '/openapi.yaml', text: 'the same document as YAML' }
]

const toHealth = [
  { href: '/health/live', text: 'liveness of the gateway' },
  { href: '/health/ready', text: 'readiness of the gateway and its services' }
]

const demoHint = `<p>Demo accounts: <code>admin</code> / <code>a</code> and <code>user</code> / <code>u</code>.
The documentation logs in as either with one button; programs use <code>POST /api/login</code>.</p>`

interface Options {
  services: readonly Service[]
  demo: boolean
  /** Whether the documentation is served. */
  documented: boolean
}

const linksOf = ({ documented }: Options) => [...(documented ? toDocs : []), ...toHealth]

function page(options: Options): string {
  const { services, demo } = options
  const links = linksOf(options)
  const items = links.map(({ href, text }) => `<li><a href="${href}">${href}</a>: ${text}</li>`)
  const names = services.map(({ name }) => name).join(', ')
  const body = `<h1>Gatehouse</h1><p>The gateway of ${names}. Its routes and policies come from one file, <code>gateway.yml</code>.</p>
<ul>${items.join('')}</ul>${demo ? demoHint : ''}`
  return pageWith('Gatehouse', body)
}

/** `GET /`: links to documentation and health checks, as HTML or JSON. */
export const home: FastifyPluginAsync<Options> = async (app, options) => {
  const { services } = options
  const html = page(options)
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
      .header('content-security-policy', pagePolicy)
      .send(html)
  })
}
