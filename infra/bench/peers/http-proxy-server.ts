import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import fastify from 'fastify'

const { HOST = '', PORT, JWT_SECRET = '', UPSTREAM = '', LOG } = process.env

const app = fastify({ logger: Boolean(LOG) })
app.register(jwt, { secret: JWT_SECRET, verify: { algorithms: ['HS256'] } })
app.register(proxy, {
  upstream: UPSTREAM,
  prefix: '/api',
  preHandler: async (request) => {
    await request.jwtVerify()
  }
})
await app.listen({ host: HOST, port: Number(PORT) })
process.on('SIGTERM', () => process.exit(0))
