/** @import { ApiDocument, SwaggerSystem, Watched } from './types.d.ts' */
import { startAccess } from './access.js'
import { followColourScheme } from './dark.js'
import { loadDocument } from './document.js'
import { element } from './element.js'
import { startParts } from './parts.js'
import { createPlugin } from './plugin.js'
import { createSession } from './session.js'
import { startSwitch } from './switch.js'
import { createWatched } from './watched.js'

/** @param {ApiDocument} api @param {Watched<string | null>} caller @returns {Promise<SwaggerSystem>} */
function showOperations(api, caller) {
  return new Promise((resolve) => {
    const ui = SwaggerUIBundle({
      dom_id: '#swagger-ui',
      spec: api,
      plugins: [createPlugin(api, caller)],
      layout: 'PageLayout',
      deepLinking: true,
      persistAuthorization: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      onComplete: () => resolve(ui)
    })
  })
}

/** Swagger UI reads the URL's fragment as an operation, so the skip link must not set it. */
function startSkip() {
  element('.skip').addEventListener('click', (event) => {
    event.preventDefault()
    element('#operations').focus()
  })
}

async function start() {
  followColourScheme()
  startSkip()
  const { api, etag } = await loadDocument()
  startParts(etag)
  element('#version').textContent = `version ${api.info.version}`
  const caller = createWatched(/** @type {string | null} */ (null))
  startSwitch(api, caller)
  const ui = await showOperations(api, caller)
  const { login = '', logout = '' } = element('.access').dataset
  startAccess(ui, createSession(ui, { login, logout }))
  performance.mark('interactive')
}

start().catch((error) => {
  const alert = document.createElement('p')
  alert.setAttribute('role', 'alert')
  alert.textContent = `${error.message} Reload the page to try again.`
  element('#swagger-ui').replaceChildren(alert)
})
