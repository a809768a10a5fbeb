import { createRequire } from 'node:module'

type Undici = typeof import('undici')

const load = createRequire(import.meta.url)

/*
 * What the gateway uses of undici, file by file, put together as its index does. That loads fetch, WebSocket, caches
 * and mocks as well: 9 MB that would stay resident.
 */
const Dispatcher: Undici['Dispatcher'] = load('undici/lib/dispatcher/dispatcher.js')
Object.assign(Dispatcher.prototype, { request: load('undici/lib/api/api-request.js') })

export const Agent: Undici['Agent'] = load('undici/lib/dispatcher/agent.js')
export const Pool: Undici['Pool'] = load('undici/lib/dispatcher/pool.js')
export const buildConnector: Undici['buildConnector'] = load('undici/lib/core/connect.js')
export const errors: Undici['errors'] = load('undici/lib/core/errors.js')
