import { randomBytes } from 'node:crypto'

const acceptable = /^[A-Za-z0-9._-]{1,64}$/
const prefix = randomBytes(9).toString('base64url')
let count = 0

/**
 * The client's id where it is short and of a safe alphabet, otherwise one of our own. Own ids are a random
 * prefix a process and a counter: unique like a UUID, at a tenth of its price on every request.
 */
export function requestIdFor(claimed: unknown): string {
  if (typeof claimed === 'string' && acceptable.test(claimed)) return claimed
  count += 1
  return `${prefix}-${count.toString(36)}`
}
