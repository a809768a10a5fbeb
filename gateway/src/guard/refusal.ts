import { ProblemError } from '@gatehouse/service-kit'

/** A refusal of the guard. The connection ends with it: what follows on it cannot be trusted to be a request. */
export function refusal(status: number, slug: string, detail: string, headers = {}): ProblemError {
  return new ProblemError(status, slug, detail, { headers: { ...headers, connection: 'close' } })
}
