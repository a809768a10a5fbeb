import type { Author } from '@gatehouse/service-kit'

/** What has become of a user, as it is written down in the transaction of the change. */
export interface News {
  type: 'user.changed' | 'user.deleted'
  user_id: string
  author: Author
  /** Names of fields and no values: what is told outlives the user, and must not hold what was deleted. */
  data: { changed?: string[]; user_type?: string }
}

/** The same as it is told. `id` is what a subscriber knows a repetition by. */
export interface UserEvent {
  id: string
  type: string
  user_id: string
  /** The user who did it, and the request that asked for it. */
  changed_by: string
  request_id: string
  occurred_at: string
  data: object
}

/**
 * Takes an event to whoever wants to know, and resolves once it is theirs. Rejects with EventRefused where it is this
 * event that they do not take, and with anything else where they take none at the moment.
 */
export type Transport = (event: UserEvent, signal: AbortSignal) => Promise<void>

/** Trying again will not help for ever: the event itself is not taken. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused'
}

type Changes = Partial<Record<string, unknown>>

/** The news of a user that was changed: which fields were given, and the type it has now. */
export function changeOf(
  { id, user_type }: { id: string; user_type: string },
  changes: Changes,
  author: Author
): News {
  const given = Object.keys(changes).filter((name) => changes[name] !== undefined)
  const changed = given.map((name) => (name === 'password_hash' ? 'password' : name))
  return { type: 'user.changed', user_id: id, author, data: { changed, user_type } }
}
