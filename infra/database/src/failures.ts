import { unavailable } from '@gatehouse/service-kit'

// https://www.postgresql.org/docs/18/errcodes-appendix.html: the connection (08), the server shutting down or starting
// (57P0), resources such as disk, memory and connections (53), the system under the server (58), a statement, a
// lock or a transaction that took too long (57014, 55P03, 25P03, 25P04), a server that takes no writes (25006), and what
// goes well when it is sent again (40001, 40P01).
const unavailableStates = /^(08...|53...|58...|57P0[1-5]|57014|55P03|25006|25P0[34]|40001|40P01)$/
// No statement that writes will go well for now: a full disk, one that fails, a standby or a fenced server.
const unwritableStates = /^(53100|58030|25006)$/
/** How Prisma says that a transaction took too long, or could not begin in time; other P2028 are bugs. */
const transactionTimeout = /expired transaction|Unable to start a transaction in the given time/
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
  if (code === 'P2028' && matches(transactionTimeout, message)) return true
  if (matches(socketFailures, code) || matches(adapterKinds, kind)) return true
  return matches(driverSentences, message) || (cause !== undefined && isUnavailable(cause))
}

/** Is `error` the database saying that it can be read but not written? */
export function isUnwritable(error: unknown): boolean {
  const { code, originalCode, cause } = (error ?? {}) as Failure
  if (matches(unwritableStates, originalCode ?? code)) return true
  return cause !== undefined && isUnwritable(cause)
}

/** Awaits `work`; where the database is away, rejects with a 503 problem in place of the driver's error. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isUnavailable(error)) throw error
    throw unavailable(
      'database-unavailable',
      'The database does not respond. Try again shortly.',
      1,
      error
    )
  }
}

interface Transactional {
  $transaction: (...args: never[]) => Promise<unknown>
}

/**
 * `prisma`, whose transactions reject with a 503 problem where they take too long. Prisma keeps that time itself, so the
 * adapter sees nothing of it.
 */
export function guardTransactions<T extends Transactional>(prisma: T): T {
  const transaction = async (...args: never[]) => orUnavailable(prisma.$transaction(...args))
  return new Proxy(prisma, {
    get: (target, name) => (name === '$transaction' ? transaction : Reflect.get(target, name))
  })
}
