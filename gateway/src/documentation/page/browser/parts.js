// When each service's part of the document was last read.
/** @import { Part } from '../../../documentation/routes.ts' */
import { element } from './element.js'

const pollMs = 10_000

/** @param {string} at @param {string} now both ISO 8601, of one clock */
function ago(at, now) {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000))
  if (seconds < 120) return `${seconds} s ago`
  return seconds < 7200
    ? `${Math.round(seconds / 60)} min ago`
    : `${Math.round(seconds / 3600)} h ago`
}

/** @param {Part} part @param {string} now */
function textOf({ name, version, read_at, stale_since }, now) {
  const what = version === null ? name : `${name}, version ${version}`
  if (read_at === null) return `${what}: not read yet`
  const read = `${what}: last read ${ago(read_at, now)}`
  return stale_since === null ? read : `${read}; has not answered since ${ago(stale_since, now)}`
}

/** @param {string} known the etag of the document that the page shows */
async function show(known) {
  const response = await fetch('/docs/parts')
  if (!response.ok) return
  const { at, etag, parts } = await response.json()
  const items = parts.map((/** @type {Part} */ part) => {
    const item = document.createElement('li')
    item.textContent = textOf(part, at)
    item.classList.toggle('stale', part.stale_since !== null || part.read_at === null)
    return item
  })
  element('#parts').replaceChildren(...items)
  element('#changed').hidden = etag === known
}

/**
 * Tells it now, and again while somebody looks; also that the document is another one by now.
 * @param {string} known the etag of the document that the page shows
 */
export function startParts(known) {
  const showIfSeen = () => {
    // The next look may find the gateway again.
    if (document.visibilityState === 'visible') show(known).catch(() => {})
  }
  showIfSeen()
  setInterval(showIfSeen, pollMs)
  document.addEventListener('visibilitychange', showIfSeen)
}
