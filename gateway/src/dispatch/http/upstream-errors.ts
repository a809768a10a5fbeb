import { ProblemError, signatureChallenge, unavailable } from '@gatehouse/service-kit'

const bad = (status: number, slug: string, detail: string, cause: unknown) =>
  new ProblemError(status, slug, detail, { cause })

/** What happened between us and an upstream, as the client may know it (guarantee F32): never an address. */
export function failureOf(error: Error & { code?: string }): ProblemError {
  if (error instanceof ProblemError) return error
  const { code = '' } = error
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return bad(
      504,
      'upstream-timeout',
      'The upstream service could not be reached in time. Try again shortly.',
      error
    )
  }
  if (['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'TRY_TIMEOUT'].includes(code)) {
    return bad(
      504,
      'upstream-timeout',
      'The upstream service did not respond in time. Try again shortly.',
      error
    )
  }
  if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) {
    return bad(
      502,
      'upstream-unreachable',
      'The upstream service is unreachable. Try again shortly.',
      error
    )
  }
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') {
    return unavailable('closing', 'The gateway is shutting down. Try again shortly.', 1, error)
  }
  return bad(
    502,
    'upstream-failed',
    'The upstream service did not send a complete response.',
    error
  )
}

/**
 * Whether a 401 is meant for the gateway, whose signature the service does not believe, and not for the client.
 * @param raw the header section: name, value, name, value, as bytes or text
 */
export function refusesSignature(raw: readonly (Buffer | string)[]): boolean {
  const isChallenge = (_: unknown, at: number) =>
    at % 2 === 1 &&
    String(raw[at]) === signatureChallenge &&
    String(raw[at - 1]).toLowerCase() === 'www-authenticate'
  return raw.some(isChallenge)
}

/** What the client hears then: a log in would help nobody. */
export function signatureRefused(): ProblemError {
  const cause = new Error("the service refuses the gateway's signature; compare INTERNAL_SECRET")
  return bad(
    502,
    'upstream-failed',
    'The upstream service does not accept requests of this gateway.',
    cause
  )
}

/** What the access log says of a failure: its slug, and behind it what was wrong with the response, which no client hears. */
export function reasonOf({ slug, cause }: ProblemError): string {
  const isBroken = slug === 'upstream-failed' && cause instanceof Error
  return isBroken ? `${slug}: ${cause.message}` : slug
}
