import { ProblemError, unavailable } from '@gatehouse/service-kit'

const bad = (status: number, slug: string, detail: string, cause: unknown) =>
  new ProblemError(status, slug, detail, { cause })

/** What happened between us and an upstream, as the client may know it (PROMISES F32): never an address. */
export function failureOf(error: Error & { code?: string }): ProblemError {
  if (error instanceof ProblemError) return error
  const { code = '' } = error
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return bad(504, 'upstream-timeout', 'The service could not be reached in time.', error)
  }
  if (['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'TRY_TIMEOUT'].includes(code)) {
    return bad(504, 'upstream-timeout', 'The service did not answer in time.', error)
  }
  if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) {
    return bad(502, 'upstream-unreachable', 'The upstream service is unreachable.', error)
  }
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') {
    return unavailable('closing', 'The gateway is closing.', 1, error)
  }
  return bad(502, 'upstream-failed', 'The service gave no complete answer.', error)
}

/** What the access log says of a failure: its slug, and behind it what was wrong with the response, which no client hears. */
export function reasonOf({ slug, cause }: ProblemError): string {
  const isBroken = slug === 'upstream-failed' && cause instanceof Error
  return isBroken ? `${slug}: ${cause.message}` : slug
}
