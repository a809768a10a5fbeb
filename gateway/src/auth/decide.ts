/** What a line of the table makes of a caller: it lets them pass, or answers 401 or 403. */
export type Decision = 'pass' | 401 | 403

/** What a line asks of a caller. */
interface Caller {
  /** The user's id, to be compared with the parameter that `owner` names. */
  sub: string
  user_type: string
}

/**
 * Decides who may make a request: the one place for it, asked by the edge, `gateway:matrix` and whoever explains a
 * line. Pure, and without allocation, for it is on the way of every request.
 * @param allow the line's `allow`, as compiled: `public`, `user`, `owner` or user types, any of them
 * @param caller whose valid token it is; null where there is none
 * @param ownerId what the request has in the place of the parameter that the line's `owner` names
 */
export function decide(
  allow: readonly string[],
  caller: Caller | null,
  ownerId: string | undefined
): Decision {
  if (allow[0] === 'public') return 'pass'
  if (caller === null) return 401
  for (const who of allow) {
    if (who === 'user') return 'pass'
    if (who === 'owner' ? ownerId === caller.sub : who === caller.user_type) return 'pass'
  }
  return 403
}
