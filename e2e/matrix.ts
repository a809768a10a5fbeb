import { type Account, newOrder, register, sessionOf, unique } from './accounts.ts'
import type { Json } from './client.ts'

/** Who asks, by the columns of `npm run gateway -- matrix`: nobody, a user, the one whose thing it is, an admin. */
export type Role = 'anonymous' | 'user' | 'owner' | 'admin'

export interface World {
  accounts: Record<Exclude<Role, 'anonymous'>, Account>
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
  /** The status for those whom the gateway lets pass: one for all, or for each. */
  passed: number | Partial<Record<Role, number>>
}

const newUser = () => ({ username: unique('e2e'), password: unique('pass') })
const order = { item: 'Lantern', address: '1 Gate Lane' }

async function ordersOf({ accounts }: World, rest = ''): Promise<Request> {
  return { path: `/api/orders/${await newOrder(accounts.owner)}${rest}` }
}

/**
 * A row for each line of gateway.yml; a line without one fails the suite (guarantee E1). Who passes is not said here: that
 * is what `npm run gateway -- matrix` prints.
 */
export const matrix: Record<string, Row> = {
  'POST /api/login': {
    request: ({ accounts: { owner } }) => ({
      path: '/api/login',
      body: { username: owner.username, password: owner.password }
    }),
    passed: 200
  },
  'POST /api/token/refresh': {
    request: ({ refreshToken }) => ({
      path: '/api/token/refresh',
      body: { refresh_token: refreshToken }
    }),
    keep: (world, { refresh_token }) => {
      world.refreshToken = String(refresh_token)
    },
    passed: 200
  },
  'POST /api/logout': {
    request: async ({ spare }, role) => {
      const path = '/api/logout'
      return role === 'anonymous' ? { path } : { path, token: (await spare(role)).token }
    },
    passed: 204
  },
  'GET /api/me': { request: () => ({ path: '/api/me' }), passed: 200 },
  'PATCH /api/me': {
    request: () => ({ path: '/api/me', body: { full_name: 'Ada Gate' } }),
    passed: 200
  },
  'PUT /api/me/password': {
    request: async ({ spare }, role) => {
      const path = '/api/me/password'
      if (role === 'anonymous') return { path }
      const { password, token } = await spare(role)
      return { path, token, body: { current_password: password, new_password: unique('pass') } }
    },
    passed: 204
  },
  'GET /api/me/sessions': { request: () => ({ path: '/api/me/sessions?limit=1' }), passed: 200 },
  'DELETE /api/me/sessions/:id': {
    request: async ({ spare }, role) => {
      const { token } = await spare(role)
      const path = `/api/me/sessions/${sessionOf(token)}`
      return role === 'anonymous' ? { path } : { path, token }
    },
    passed: 204
  },
  'POST /api/users': {
    request: () => ({ path: '/api/users', body: newUser() }),
    passed: 201
  },
  'GET /api/users': {
    request: () => ({ path: '/api/users?limit=1' }),
    passed: 200
  },
  'GET /api/users/:id': {
    request: ({ accounts: { owner } }) => ({ path: `/api/users/${owner.id}` }),
    passed: 200
  },
  'PUT /api/users/:id': {
    request: ({ accounts: { owner } }) => ({
      path: `/api/users/${owner.id}`,
      body: { full_name: 'Put' }
    }),
    passed: 200
  },
  'PATCH /api/users/:id': {
    request: ({ accounts: { owner } }) => ({
      path: `/api/users/${owner.id}`,
      body: { full_name: 'Patched' }
    }),
    passed: 200
  },
  'DELETE /api/users/:id': {
    request: async ({ accounts: { owner } }, role) => ({
      path: `/api/users/${role === 'admin' ? (await register()).id : owner.id}`
    }),
    passed: 204
  },
  'POST /api/orders': {
    request: () => ({ path: '/api/orders', body: order }),
    passed: 201
  },
  'GET /api/orders': {
    request: () => ({ path: '/api/orders?limit=1' }),
    passed: 200
  },
  'GET /api/orders/events': {
    request: () => ({ path: '/api/orders/events' }),
    passed: 200
  },
  // Asked as any other line is, without an upgrade; live.test.ts opens it.
  'GET /api/orders/live': {
    request: () => ({ path: '/api/orders/live' }),
    passed: 426
  },
  'GET /api/orders/:id': {
    request: async (world) => ordersOf(world),
    passed: { user: 404, owner: 200, admin: 200 }
  },
  'GET /api/orders/:id/history': {
    request: async (world) => ordersOf(world, '/history'),
    passed: { user: 404, owner: 200, admin: 200 }
  },
  'PATCH /api/orders/:id': {
    request: async (world) => ({ ...(await ordersOf(world)), body: { quantity: 2 } }),
    passed: { user: 404, owner: 200, admin: 404 }
  },
  'POST /api/orders/:id/cancel': {
    request: async (world) => ordersOf(world, '/cancel'),
    passed: { user: 404, owner: 200, admin: 404 }
  },
  'POST /api/orders/:id/ship': {
    request: async (world) => ordersOf(world, '/ship'),
    passed: 200
  }
}
