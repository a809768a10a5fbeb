/** @import { Watched } from './types.d.ts' */

/**
 * A value with listeners.
 * @template T
 * @param {T} initial
 * @returns {Watched<T>}
 */
export function createWatched(initial) {
  let value = initial
  /** @type {Set<() => void>} */
  const listeners = new Set()
  return {
    current: () => value,
    set(next) {
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }
  }
}
