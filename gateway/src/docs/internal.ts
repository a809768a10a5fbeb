const identity = ['request-user-id', 'request-user-type', 'request-signature']
const set = new Set([...identity, 'request-id', 'traceparent', 'tracestate'])
// OpenAPI ignores header parameters of these names: content and security say what they hold.
const ignored = new Set(['accept', 'authorization', 'content-type'])

/** Whether the gateway sets this request header itself, so that no client is to be taught to send it. */
export function isInternalHeader(name: unknown): boolean {
  return set.has(String(name).toLowerCase())
}

/** Whether OpenAPI gives a header parameter of this name no meaning. */
export function isIgnoredHeader(name: unknown): boolean {
  return ignored.has(String(name).toLowerCase())
}

/** Whether a response header stays between the gateway and its services. */
export function isInternalAnswer(name: string): boolean {
  return identity.includes(name.toLowerCase())
}
