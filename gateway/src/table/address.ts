/** Says why an address is no URL: it has a bad port where it is one without. */
function addressFault(text: string): string {
  return URL.canParse(text.replace(/:[^:\]/]*\/?$/, ''))
    ? 'its port must be a number from 1 to 65535'
    : 'its host is none that a URL can have'
}

/** What is wrong with the URL of a service beyond its form, or null. */
export function urlFault(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressFault(text)
  // A backslash is a slash to URL, so that what follows it would be dropped in silence.
  return url.pathname === '/' ? null : 'must be a URL without a path'
}

/** What keeps an origin from ever being that of a request, or null: they are compared letter by letter. */
export function originFault(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.port === '0') return addressFault(text)
  return url.origin === text ? null : `browsers send it as ${url.origin}`
}
