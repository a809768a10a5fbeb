// The part of the page that logs in and out.
/** @import { SwaggerSystem } from './types.d.ts' */
import { element } from './element.js'

/** @typedef {ReturnType<typeof import('./session.js').createSession>} Session */

/** @param {{ user_type: string, exp: number }} claims @param {string} name */
function textFor({ user_type, exp }, name) {
  const until = new Date(exp * 1000).toLocaleTimeString([], { timeStyle: 'short' })
  // The users service's type of ordinary users; everywhere else on the page their role is `user`.
  const role = user_type === 'default' ? 'user' : user_type
  return `Signed in${name === '' ? '' : ` as ${name}`} (role ${role}) until ${until}.`
}

/**
 * Makes the buttons and the form work.
 * @param {SwaggerSystem} ui
 * @param {Session} session
 */
export function startAccess(ui, session) {
  const message = element('#message')
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('#log-in'))
  let name = ''

  function show() {
    const claims = session.current()
    const [signedOut, signedIn] = [element('#signed-out'), element('#signed-in')]
    if (signedIn.hidden === (claims === null)) return
    signedOut.hidden = claims !== null
    signedIn.hidden = claims === null
    element('#caller').textContent = claims && textFor(claims, name)
  }

  async function logIn(/** @type {string} */ username, /** @type {string} */ password) {
    message.textContent = 'Logging in…'
    try {
      name = username
      await session.logIn(username, password)
      message.textContent = ''
      form?.reset()
      element('#log-out').focus()
    } catch (error) {
      name = ''
      message.textContent = error instanceof Error ? error.message : String(error)
    }
  }

  async function logOut() {
    name = ''
    await session.logOut()
    message.textContent = 'Logged out.'
    element('#signed-out :is(button, summary, input)').focus()
  }

  for (const button of document.querySelectorAll('button[data-username]')) {
    const { username = '', password = '' } = /** @type {HTMLElement} */ (button).dataset
    button.addEventListener('click', () => logIn(username, password))
  }
  form?.addEventListener('submit', (event) => {
    event.preventDefault()
    const fields = new FormData(form)
    logIn(String(fields.get('username')), String(fields.get('password')))
  })
  element('#log-out').addEventListener('click', logOut)
  element('#authorize').hidden = false
  element('#authorize').addEventListener('click', () =>
    ui.authActions.showDefinitions(ui.authSelectors.definitionsToAuthorize())
  )
  session.subscribe(show)
  show()
}
