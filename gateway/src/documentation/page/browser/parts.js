// The list of services whose documents the page shows, with the time of the last fetch.
/** @import { PublishedPart as Part } from '../../../documentation/service-documents.ts' */
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
  if (read_at === null) return `${what}: not fetched yet`
  const read = `${what}: last read ${ago(read_at, now)}`
  return stale_since === null ? read : `${read}; unreachable since ${ago(stale_since, now)}`
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
 * Updates the list now and while the page is visible; shows a note when the document has changed.
 * @param {string} known the etag of the document that the page shows
 */
export function startParts(known) {
  const showIfVisible = () => {
    // The next poll may reach the gateway again.
    if (document.visibilityState === 'visible') show(known).catch(() => {})
  }
  showIfVisible()
  setInterval(showIfVisible, pollMs)
  document.addEventListener('visibilitychange', showIfVisible)
}
