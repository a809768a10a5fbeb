import { securityHeaders } from '@gatehouse/service-kit'
import fp from 'fastify-plugin'
import type { createForwarded } from '../checks/client-address.ts'
import type { Cors } from '../checks/cors.ts'

interface Options {
  cors: Cors
  forwarded: ReturnType<typeof createForwarded>
}

/** Sets the security fields on the gateway's own pages, where a page has not set a policy of its own. */
export const security = fp<Options>(
  async (app, { cors, forwarded }) => {
    app.addHook('onSend', async (request, reply) => {
      for (const [name, value] of Object.entries(securityHeaders)) {
        if (!reply.hasHeader(name)) reply.header(name, value)
      }
      const fields = cors.fieldsFor(request.headers.origin)
      for (let index = 0; index < fields.length; index += 2) {
        const [name = '', value = ''] = fields.slice(index, index + 2)
        const said = name === 'vary' ? reply.getHeader(name) : undefined
        reply.header(name, said === undefined ? value : `${said}, ${value}`)
      }
      if (forwarded(request.raw).proto === 'https') {
        reply.header('strict-transport-security', 'max-age=63072000; includeSubDomains')
      }
    })
  },
  { name: 'security' }
)
