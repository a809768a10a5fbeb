// The session: Swagger UI keeps the token in its state, and adds it to each request.
/** @import { SwaggerSystem } from './types.d.ts' */

const scheme = 'bearerAuth'

/**
 * The claims of a token; null where it is invalid or expired.
 * @param {string | undefined} token
 * @returns {{ sub: string, user_type: string, exp: number } | null}
 */
function readToken(token) {
  try {
    const [, payload = ''] = (token ?? '').split('.')
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    return claims.exp * 1000 > Date.now() ? claims : null
  } catch {
    return null
  }
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function post(path, options) {
  const response = await fetch(path, { method: 'POST', ...options })
  const body = await response.json().catch(() => ({}))
  if (!response.ok)
    throw new Error(
      body.detail ?? `The gateway responded with status ${response.status}. Try again.`
    )
  return body
}

/**
 * @param {SwaggerSystem} ui
 * @param {{ login: string, logout: string }} paths empty where the table has no such route
 */
export function createSession(ui, { login, logout }) {
  const tokenOf = () => ui.authSelectors.authorized()?.getIn([scheme, 'value'])
  const forget = () => ui.authActions.logoutWithPersistOption([scheme])
  // An expired token of an earlier visit.
  if (tokenOf() !== undefined && readToken(tokenOf()) === null) forget()

  return {
    /** The claims of the signed-in user, or null. */
    current: () => readToken(tokenOf()),
    subscribe: (/** @type {() => void} */ listener) => ui.getStore().subscribe(listener),

    /** Throws an error with the problem's detail where the gateway refuses. */
    async logIn(/** @type {string} */ username, /** @type {string} */ password) {
      const { access_token } = await post(login, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password })
      })
      ui.preauthorizeApiKey(scheme, access_token)
      ui.authActions.persistAuthorizationIfNeeded()
    },

    /** Also revokes the session at the gateway, where a route does. */
    async logOut() {
      const headers = { authorization: `Bearer ${tokenOf()}` }
      forget()
      if (logout) await post(logout, { headers }).catch(() => {})
    }
  }
}
