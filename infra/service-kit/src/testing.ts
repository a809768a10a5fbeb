import { createSigner, type Identity } from './identity.ts'

export { startProcess } from './testing-process.ts'
export { until } from './testing-wait.ts'

/** The secret that tests give to both sides; random enough to pass the check, known to nobody's system. */
export const testSecret = 'Zq3v8yN1kR6tW0pX5mB2sD9fH4jL7cGa'

const sign = createSigner(testSecret)

/** The headers with which the gateway would call for this user; without one, as on a public route. */
export function callerHeaders(caller?: Identity): Record<string, string> {
  const signature = { 'request-signature': sign(caller ?? { id: '', type: '' }) }
  if (!caller) return signature
  return { 'request-user-id': caller.id, 'request-user-type': caller.type, ...signature }
}
