// What `x-gateway` says of an operation, in words.
/** @import { Policy } from './types.d.ts' */

/** @type {Record<number, string>} */
const windows = { 1000: 'a second', 60000: 'a minute', 3600000: 'an hour', 86400000: 'a day' }

/** @param {number} ms */
export function duration(ms) {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

/** @param {number} bytes */
function size(bytes) {
  if (bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2} MB`
  return bytes % 1024 === 0 ? `${bytes / 1024} kB` : `${bytes} bytes`
}

/** @param {string} per */
const each = (per) => `for each ${per === 'ip' ? 'address' : per}`

/** @param {Policy} policy */
function whoIn({ allow, owner }) {
  const words = allow.map((word) => {
    if (word === 'public') return 'anyone, without signing in'
    if (word === 'user') return 'any signed-in user'
    return word === 'owner' ? `the user whose id is {${owner}}` : `users of type ${word}`
  })
  return words.join(', or ')
}

/** @param {NonNullable<Policy['rate']>} rate */
const limitIn = ({ limit, window_ms, per }) =>
  `${limit} requests ${windows[window_ms] ?? `in ${duration(window_ms)}`} ${each(per)}`

/** @param {Policy} policy */
function streamIn({ stream, idle_ms = 0 }) {
  const end = 'until the token expires or its session ends'
  return stream === 'sse'
    ? `events ${end}, with a comment after ${duration(idle_ms)} of silence`
    : `a WebSocket ${end}, or after ${duration(idle_ms)} of silence`
}

/** @param {Policy['cache']} cache */
function cacheIn(cache) {
  if (!cache) return 'not kept by the gateway'
  return `kept for ${duration(cache.ttl_ms)}${cache.per ? ` ${each(cache.per)}` : ''}`
}

/**
 * The policy of an operation, a term and its words a line.
 * @param {Policy} policy
 * @param {boolean} hasBody whether a request carries something
 * @returns {[string, string][]}
 */
export function wordsOf(policy, hasBody) {
  const { rate, timeout_ms, body_bytes, stream } = policy
  return [
    ['Who may call it', whoIn(policy)],
    ['Limit', rate ? limitIn(rate) : 'none'],
    ...(timeout_ms ? [pair('Answered within', duration(timeout_ms))] : []),
    ...(hasBody && body_bytes !== undefined ? [pair('Body', `up to ${size(body_bytes)}`)] : []),
    ...(stream ? [pair('Stream', streamIn(policy))] : [pair('Answer', cacheIn(policy.cache))])
  ]
}

/**
 * @param {string} term
 * @param {string} words
 * @returns {[string, string]}
 */
const pair = (term, words) => [term, words]

/**
 * Who may call an operation, in a word or two.
 * @param {Policy} policy
 */
export function badgeOf({ allow }) {
  if (allow.includes('public')) return 'anyone'
  return allow.includes('user') ? 'signed in' : allow.join(' or ')
}
