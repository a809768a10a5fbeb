import type { Claims } from '../../auth/access-tokens.ts'
import type { Exchange } from '../../exchange.ts'
import type { Entry, Match } from '../../route-table/router.ts'
import type { Service } from '../../route-table/types.ts'

/** What the gateway fills in where a route says `path`. */
const variables = /:([A-Za-z_][A-Za-z0-9_]*)|\$user\.(id|session)/g

/**
 * The path at the upstream: `path:` of the line with its parts filled in, otherwise the path as it was
 * matched, byte for byte, less the prefix that the service strips.
 */
export function upstreamPath(match: Match<Entry>, path: string, claims: Claims | null): string {
  const { route, stripped, put, names } = match.route
  if (route.target === null) return put + path.slice(stripped.length) || '/'
  return route.target.replaceAll(variables, (_, name, of) => {
    // A value of the path is still in the encoding that the request checks have let through.
    if (name) return match.values[names.indexOf(name)] ?? ''
    return encodeURIComponent((of === 'id' ? claims?.sub : claims?.sid) ?? '')
  })
}

/** Base of what names no host of its own, and so stays as it is. */
const nowhere = 'http://nowhere.invalid'
/** A path, and nothing that a browser takes for a host: it reads a backslash as a slash, and no tab at all. */
const path = /^\/(?![/\\\t])/
const references = /(<|\banchor=")([^<>"]*)/gi

/** Where `local` is the path that the request was sent to, on a line that replaces it: the path that was asked for. */
function askedPath(exchange: Exchange, match: Match<Entry>, local: string): string | null {
  if (match.route.route.target === null) return null
  const sent = upstreamPath(match, '', exchange.claims)
  if (!local.startsWith(sent) || !/^(?:[?#]|$)/.test(local.slice(sent.length))) return null
  const [asked = ''] = (exchange.request.url ?? '').split('?', 1)
  return asked + local.slice(sent.length)
}

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

/** `5; url=/x`, as browsers read it: a time, then a URL behind `;`, `,` or a space, `url=` and quotes as one likes. */
const refresh = /^([\s\d.]+(?:[;,]\s*|\s)(?:url\s*=\s*)?)(["']?)([^"']*)(.*)$/is
const quoted = /"([^"]*)"/g
const reportUri = /(?<=(?:^|;)\s*report-uri\s)[^;]*/gi
const attribute = /^\s*(path|domain)\s*=\s*(.*?)\s*$/i

/** Gives a URL of the upstream as clients know it. */
type Rewrite = (url: string) => string

/**
 * A `set-cookie` for the client: its path is one that the client knows, and a domain that names a service is left out.
 * A `__Host-` cookie has the path `/` by definition (RFC 6265bis 4.1.3.2).
 */
function publicCookie(value: string, inside: ReadonlyMap<string, Service>, rewrite: Rewrite) {
  const [cookie = '', ...attributes] = value.split(';')
  const hosts = new Set([...inside.keys()].map((host) => host.replace(/:\d+$/, '')))
  const kept = attributes.flatMap((text) => {
    const [, name = '', of = ''] = attribute.exec(text) ?? []
    if (name.toLowerCase() === 'domain')
      return hosts.has(of.replace(/^\./, '').toLowerCase()) ? [] : [text]
    const isMoved = name !== '' && of.startsWith('/') && !/^\s*__Host-/i.test(cookie)
    if (!isMoved) return [text]
    const moved = rewrite(of)
    // A cookie for `/api/` would not come with `/api`.
    return [text.replace(of, () => (of === '/' ? moved.replace(/(?<=.)\/$/, '') : moved))]
  })
  return [cookie, ...kept].join(';')
}

/** How a header's value is rewritten, by its name in lower case; where it is not listed, the whole value is a URL. */
const rewritten: Record<string, (value: string, rewrite: Rewrite) => string> = {
  link: (value, rewrite) =>
    value.replaceAll(references, (_, before: string, url: string) => before + rewrite(url)),
  refresh: (value, rewrite) =>
    value.replace(refresh, (_, before, quote, url, after) => before + quote + rewrite(url) + after),
  'reporting-endpoints': (value, rewrite) =>
    value.replaceAll(quoted, (_, url: string) => `"${rewrite(url)}"`),
  'content-security-policy': (value, rewrite) =>
    value.replaceAll(reportUri, (urls) => urls.replaceAll(/\S+/g, rewrite))
}
rewritten['content-security-policy-report-only'] = rewritten['content-security-policy'] as (
  value: string,
  rewrite: Rewrite
) => string

/**
 * What an upstream refers to, as the client finds it: a path of the upstream gets back the prefix that was stripped
 * on the way in, and what names the origin of any service becomes a path (guarantee F62).
 * @param name a header of kind `reference`: `location`, `link` (RFC 8288), `set-cookie` and others
 */
export function publicReference(exchange: Exchange, name: string, value: string): string {
  const { match } = exchange
  if (!match) return value
  const rewrite = (url: string) => askedPath(exchange, match, url) ?? publicUrl(match.route, url)
  const lower = name.toLowerCase()
  if (lower === 'set-cookie')
    return publicCookie(value, match.route.inside, (url) => publicPath(match.route, url))
  return rewritten[lower]?.(value, rewrite) ?? rewrite(value)
}
