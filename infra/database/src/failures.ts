import { unavailable } from '@gatehouse/service-kit'

// https://www.postgresql.org/docs/18/errcodes-appendix.html: the connection, the server shutting down or
// starting, too many connections, a statement or a lock that took too long.
const unavailableStates = /^(08...|57P0[1-5]|53300|57014|55P03)$/
const socketFailures = /^(ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)$/
const adapterKinds = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/
// pg throws these without a code.
const driverSentences =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (has encountered a connection error|was closed))/

interface Failure {
  message?: unknown
  code?: unknown
  kind?: unknown
  originalCode?: unknown
  cause?: Failure
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value)
}

/** Is `error`, of pg or of Prisma's adapter, the database being away or overloaded, rather than a bug? */
export function isUnavailable(error: unknown): boolean {
  const { message, code, kind, originalCode, cause } = (error ?? {}) as Failure
  if (matches(unavailableStates, originalCode ?? code)) return true
  if (matches(socketFailures, code) || matches(adapterKinds, kind)) return true
  return matches(driverSentences, message) || (cause !== undefined && isUnavailable(cause))
}

/** Runs `work`; where the database is away, rejects with a 503 problem in place of the driver's error. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isUnavailable(error)) throw error
    throw unavailable('database-unavailable', 'The database does not answer now.', 1, error)
  }
}
