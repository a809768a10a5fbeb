// The roles of callers, and the operations that each may call.
/** @import { ApiDocument, Operation, Policy } from './types.d.ts' */

/** Words of `allow` that are not user types. */
const general = ['public', 'user', 'owner']

/**
 * @param {ApiDocument} document
 * @returns {Operation[]}
 */
function operationsOf({ paths }) {
  return Object.values(paths).flatMap((item) => Object.values(item))
}

/**
 * The names of the roles in an operation's policy: anyone, user, owner, or a user type.
 * @param {Policy} policy
 */
export const rolesOf = ({ allow }) => allow.map((word) => (word === 'public' ? 'anyone' : word))

/**
 * All roles of the document: anyone, user, and each user type that a route allows.
 * @param {ApiDocument} document
 */
export function callersIn(document) {
  const allowed = operationsOf(document).flatMap((operation) => operation['x-gateway']?.allow ?? [])
  const types = new Set(allowed.filter((word) => !general.includes(word)))
  return ['anyone', 'user', ...[...types].sort()]
}

/**
 * Whether a role may call an operation; null stands for every role. An owner counts as a user.
 * @param {Policy | undefined} policy
 * @param {string | null} caller
 */
export function mayUse(policy, caller) {
  if (!policy || caller === null || policy.allow.includes('public')) return true
  if (caller === 'anyone') return false
  return policy.allow.some((word) => word === 'user' || word === 'owner' || word === caller)
}

/**
 * The number of operations, and of those that a role may call.
 * @param {ApiDocument} document
 * @param {string | null} caller
 */
export function countFor(document, caller) {
  const operations = operationsOf(document).filter((operation) => operation['x-gateway'])
  const usable = operations.filter((operation) => mayUse(operation['x-gateway'], caller))
  return { all: operations.length, usable: usable.length }
}
