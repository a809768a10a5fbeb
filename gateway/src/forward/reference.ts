import type { Entry } from '../table/match.ts'
import type { Exchange } from './exchange.ts'

/** Base of what names no host of its own, and so stays as it is. */
const nowhere = 'http://nowhere.invalid'
/** A path, and nothing that a browser takes for a host: it reads a backslash as a slash, and no tab at all. */
const path = /^\/(?![/\\\t])/
const references = /(<|\banchor=")([^<>"]*)/gi

/** A path of the upstream as the client knows it: under the prefix that it asked with, where that leads there. */
function publicPath({ stripped, put, route }: Entry, local: string): string {
  if (put === '') return stripped + local
  const rest = local.slice(put.length)
  return local.startsWith(put) && /^(?:[/?#]|$)/.test(rest)
    ? stripped + rest
    : route.service.strip + local
}

function publicUrl(entry: Entry, value: string): string {
  if (path.test(value)) return publicPath(entry, value)
  const url = URL.parse(value, nowhere)
  const service = url && entry.inside.get(url.host)
  if (!service) return value
  // Two slashes at the start would name a host.
  const local = url.pathname.replace(/^\/+/, '/') + url.search + url.hash
  return service.origin === entry.route.service.origin
    ? publicPath(entry, local)
    : service.strip + local
}

/**
 * What an upstream refers to, as the client finds it: a path of the upstream gets back the prefix that was stripped
 * on the way in, and what names the origin of any service becomes a path (PROMISES F33).
 * @param name `location`, `content-location` or `link` (RFC 8288)
 */
export function publicReference({ match }: Exchange, name: string, value: string): string {
  if (!match) return value
  const entry = match.route
  if (name.toLowerCase() !== 'link') return publicUrl(entry, value)
  return value.replaceAll(
    references,
    (_, before: string, url: string) => before + publicUrl(entry, url)
  )
}
