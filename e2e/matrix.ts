import { type Account, newOrder, register, unique } from './accounts.ts'
import type { Json } from './client.ts'

/** Who asks: nobody, the one whose thing it is, another user, an admin. */
export const roles = ['anonymous', 'owner', 'other', 'admin'] as const
export type Role = (typeof roles)[number]

export interface World {
  owner: Account
  other: Account
  admin: Account
  /** An account of this role that nothing else uses. */
  spare: (role: Role) => Promise<Account>
  /** The refresh token of a session that nothing else uses; each use of one gives the next. */
  refreshToken: string
}

export interface Request {
  path: string
  body?: unknown
  /** Asks with this token, where not with that of the role. */
  token?: string
}

interface Row {
  /** What is asked for; things of `owner`, made anew for each role where asking changes them. */
  request: (world: World, role: Role) => Request | Promise<Request>
  /** What is kept of an answer for the next role. */
  keep?: (world: World, body: Json) => void
  /** The status for each of `roles`, in that order. */
  expected: readonly [number, number, number, number]
}

const newUser = () => ({ username: unique('e2e'), password: unique('pass') })
const order = { item: 'Lantern', address: '1 Gate Lane' }

async function ordersOf({ owner }: World, rest = ''): Promise<Request> {
  return { path: `/api/orders/${await newOrder(owner)}${rest}` }
}

/** A row for each line of gateway.yml; a line without one fails the suite (PROMISES E1). */
export const matrix: Record<string, Row> = {
  'POST /api/login': {
    request: ({ owner }) => ({
      path: '/api/login',
      body: { username: owner.username, password: owner.password }
    }),
    expected: [200, 200, 200, 200]
  },
  'POST /api/token/refresh': {
    request: ({ refreshToken }) => ({
      path: '/api/token/refresh',
      body: { refresh_token: refreshToken }
    }),
    keep: (world, { refresh_token }) => {
      world.refreshToken = String(refresh_token)
    },
    expected: [200, 200, 200, 200]
  },
  'POST /api/logout': {
    request: async ({ spare }, role) => {
      const path = '/api/logout'
      return role === 'anonymous' ? { path } : { path, token: (await spare(role)).token }
    },
    expected: [401, 204, 204, 204]
  },
  'GET /api/me': { request: () => ({ path: '/api/me' }), expected: [401, 200, 200, 200] },
  'PATCH /api/me': {
    request: () => ({ path: '/api/me', body: { full_name: 'Ada Gate' } }),
    expected: [401, 200, 200, 200]
  },
  'PUT /api/me/password': {
    request: async ({ spare }, role) => {
      const path = '/api/me/password'
      if (role === 'anonymous') return { path }
      const { password, token } = await spare(role)
      return { path, token, body: { current_password: password, new_password: unique('pass') } }
    },
    expected: [401, 204, 204, 204]
  },
  'POST /api/users': {
    request: () => ({ path: '/api/users', body: newUser() }),
    expected: [401, 403, 403, 201]
  },
  'GET /api/users': {
    request: () => ({ path: '/api/users?limit=1' }),
    expected: [401, 403, 403, 200]
  },
  'GET /api/users/:id': {
    request: ({ owner }) => ({ path: `/api/users/${owner.id}` }),
    expected: [401, 200, 403, 200]
  },
  'PUT /api/users/:id': {
    request: ({ owner }) => ({ path: `/api/users/${owner.id}`, body: { full_name: 'Put' } }),
    expected: [401, 403, 403, 200]
  },
  'PATCH /api/users/:id': {
    request: ({ owner }) => ({ path: `/api/users/${owner.id}`, body: { full_name: 'Patched' } }),
    expected: [401, 403, 403, 200]
  },
  'DELETE /api/users/:id': {
    request: async ({ owner }, role) => ({
      path: `/api/users/${role === 'admin' ? (await register()).id : owner.id}`
    }),
    expected: [401, 403, 403, 204]
  },
  'POST /api/orders': {
    request: () => ({ path: '/api/orders', body: order }),
    expected: [401, 201, 201, 201]
  },
  'GET /api/orders': {
    request: () => ({ path: '/api/orders?limit=1' }),
    expected: [401, 200, 200, 200]
  },
  'GET /api/orders/events': {
    request: () => ({ path: '/api/orders/events' }),
    expected: [401, 200, 200, 200]
  },
  // Asked as any other line is, without an upgrade; live.test.ts opens it.
  'GET /api/orders/live': {
    request: () => ({ path: '/api/orders/live' }),
    expected: [401, 426, 426, 426]
  },
  'GET /api/orders/:id': {
    request: async (world) => ordersOf(world),
    expected: [401, 200, 404, 200]
  },
  'PATCH /api/orders/:id': {
    request: async (world) => ({ ...(await ordersOf(world)), body: { quantity: 2 } }),
    expected: [401, 200, 404, 404]
  },
  'POST /api/orders/:id/cancel': {
    request: async (world) => ordersOf(world, '/cancel'),
    expected: [401, 200, 404, 404]
  },
  'POST /api/orders/:id/ship': {
    request: async (world) => ordersOf(world, '/ship'),
    expected: [401, 403, 403, 200]
  }
}
