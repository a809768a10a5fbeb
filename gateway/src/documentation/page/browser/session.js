// Who is signed in: the token is in Swagger UI's own state, which puts it into each request.
/** @import { SwaggerSystem } from './types.d.ts' */

const scheme = 'bearerAuth'

/**
 * What a token says of its bearer; null where it is none, or has expired.
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
  if (!response.ok) throw new Error(body.detail ?? `The answer has status ${response.status}.`)
  return body
}

/**
 * @param {SwaggerSystem} ui
 * @param {{ login: string, logout: string }} paths where to; empty where the table has no such line
 */
export function createSession(ui, { login, logout }) {
  const tokenOf = () => ui.authSelectors.authorized()?.getIn([scheme, 'value'])
  const forget = () => ui.authActions.logoutWithPersistOption([scheme])
  // Kept from a visit before, and of no use any more.
  if (tokenOf() !== undefined && readToken(tokenOf()) === null) forget()

  return {
    /** The claims of who is signed in, or null. */
    current: () => readToken(tokenOf()),
    subscribe: (/** @type {() => void} */ listener) => ui.getStore().subscribe(listener),

    /** Throws an error for people where the gateway refuses. */
    async logIn(/** @type {string} */ username, /** @type {string} */ password) {
      const { access_token } = await post(login, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password })
      })
      ui.preauthorizeApiKey(scheme, access_token)
      ui.authActions.persistAuthorizationIfNeeded()
    },

    /** Ends the session at the gateway too, where it can. */
    async logOut() {
      const headers = { authorization: `Bearer ${tokenOf()}` }
      forget()
      if (logout) await post(logout, { headers }).catch(() => {})
    }
  }
}
