// The kinds of callers that the table tells apart, and what each may use.
/** @import { ApiDocument, Operation, Policy } from './types.d.ts' */

/** Words of `allow` that are no type of user. */
const general = ['public', 'user', 'owner']

/**
 * @param {ApiDocument} document
 * @returns {Operation[]}
 */
function operationsOf({ paths }) {
  return Object.values(paths).flatMap((item) => Object.values(item))
}

/**
 * Everyone that the document tells apart: nobody, any user, and each type of user that a line names.
 * @param {ApiDocument} document
 */
export function callersIn(document) {
  const allowed = operationsOf(document).flatMap((operation) => operation['x-gateway']?.allow ?? [])
  const types = new Set(allowed.filter((word) => !general.includes(word)))
  return ['anonymous', 'user', ...[...types].sort()]
}

/**
 * Whether a caller may use an operation, where null stands for whoever reads. The owner of one thing may use it.
 * @param {Policy | undefined} policy
 * @param {string | null} caller
 */
export function mayUse(policy, caller) {
  if (!policy || caller === null || policy.allow.includes('public')) return true
  if (caller === 'anonymous') return false
  return policy.allow.some((word) => word === 'user' || word === 'owner' || word === caller)
}

/**
 * How many operations there are, and how many a caller may use.
 * @param {ApiDocument} document
 * @param {string | null} caller
 */
export function countFor(document, caller) {
  const operations = operationsOf(document).filter((operation) => operation['x-gateway'])
  const usable = operations.filter((operation) => mayUse(operation['x-gateway'], caller))
  return { all: operations.length, usable: usable.length }
}
