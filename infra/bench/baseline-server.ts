import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import pg from 'pg'

/**
 * What the whole system is compared with: one Fastify process on `pg` that checks a token and answers with the same
 * queries and shapes. No gateway, no signature, no limits, no log.
 */
const { HOST, PORT, JWT_SECRET = '', USERS_DATABASE = '', ORDERS_DATABASE = '' } = process.env
const users = new pg.Pool({ connectionString: USERS_DATABASE, max: 10, idleTimeoutMillis: 0 })
const orders = new pg.Pool({ connectionString: ORDERS_DATABASE, max: 10, idleTimeoutMillis: 0 })

const text = { type: ['string', 'null'] }
const user = {
  type: 'object',
  properties: Object.fromEntries(
    [
      'id',
      'username',
      'email',
      'full_name',
      'user_type',
      'created_by',
      'created_at',
      'updated_at'
    ].map((name) => [name, text])
  )
}
const order = {
  type: 'object',
  properties: {
    ...Object.fromEntries(
      ['id', 'item', 'address', 'status', 'created_by', 'created_at', 'updated_at'].map((name) => [
        name,
        text
      ])
    ),
    quantity: { type: 'integer' }
  }
}
const newOrder = {
  type: 'object',
  required: ['item', 'address'],
  additionalProperties: false,
  properties: {
    item: { type: 'string', minLength: 1, maxLength: 200 },
    address: { type: 'string', minLength: 1, maxLength: 500 },
    quantity: { type: 'integer', minimum: 1, maximum: 1000, default: 1 }
  }
}

const columns = 'id, item, address, quantity, status::text, created_by, created_at, updated_at'
const insertion = `
  with placed as (
    insert into orders (id, item, address, quantity, created_by)
    values (uuidv7(), $1, $2, $3, $4::uuid) returning *
  ), change as (
    insert into order_changes (id, order_id, version, action, changed_by, request_id, changes)
    select uuidv7(), id, version, 'placed', created_by, 'bench', $5::jsonb from placed
  ), kept as (
    insert into idempotency_keys (created_by, key, request, order_id)
    select created_by, $6::text, $7::jsonb, id from placed where $6::text <> ''
  )
  select ${columns} from placed`

const app = Fastify({ logger: false })
await app.register(jwt, { secret: JWT_SECRET })
app.setErrorHandler(async (error, _request, reply) => {
  process.stderr.write(`${error}\n`)
  return reply.code(500).send()
})
app.addHook('onRequest', async (request) => {
  await request.jwtVerify()
})
const callerOf = (request: { user: unknown }) => (request.user as { sub: string }).sub

app.get('/api/me', { schema: { response: { 200: user } } }, async (request) => {
  const { rows } = await users.query({
    name: 'me',
    text: `select id, username, email, full_name, user_type::text, created_by, created_at, updated_at
           from users where id = $1::uuid`,
    values: [callerOf(request)]
  })
  return rows[0]
})

app.get(
  '/api/orders',
  { schema: { response: { 200: { type: 'array', items: order } } } },
  async (request) => {
    const { rows } = await orders.query({
      name: 'orders',
      text: `select ${columns} from orders where created_by = $1::uuid order by id desc limit 21`,
      values: [callerOf(request)]
    })
    return rows.slice(0, 20)
  }
)

app.post(
  '/api/orders',
  { schema: { body: newOrder, response: { 201: order } } },
  async (request, reply) => {
    const body = request.body as { item: string; address: string; quantity: number }
    const key = `${request.headers['idempotency-key'] ?? ''}`
    const stored = JSON.stringify(body)
    const { rows } = await orders.query({
      name: 'order',
      text: insertion,
      values: [body.item, body.address, body.quantity, callerOf(request), '[]', key, stored]
    })
    return reply.code(201).send(rows[0])
  }
)

await app.listen({ host: HOST ?? '127.0.0.1', port: Number(PORT) })
