import { notFound, type ProblemError, unauthorized } from '@gatehouse/service-kit'
import type { ActorRefusal } from '../actors/store.ts'
import type { RefreshStore, Spent } from '../refresh/store.ts'
import type { UserType } from '../users/contract.ts'
import { refusedActor } from '../users/service.ts'
import type { Client } from './client.ts'
import type { Credentials, EndedSessions, Session } from './contract.ts'
import type { createCheck } from './login.ts'
import { readPosition, revocationPage } from './revocation-feed.ts'
import type { Row, SessionStore } from './store.ts'
import { hashOf, newSalt, newToken, successorOf } from './token.ts'

interface Deps {
  check: ReturnType<typeof createCheck>
  store: SessionStore
  refreshes: RefreshStore
  refreshTtlMs: number
}

/** What became of an attempt: a session, or the problem; the user, where one is known; and words for the log. */
interface Attempt {
  outcome: Session | ProblemError
  user_id: string | null
  session_id?: string
  result: 'granted' | 'repeated' | 'refused' | 'throttled' | 'reused'
}

export type SessionsService = ReturnType<typeof createSessionsService>

function wrongCredentials() {
  return unauthorized('wrong-credentials', 'The username or the password is wrong.')
}

function invalidRefreshToken() {
  return unauthorized(
    'invalid-refresh-token',
    'The refresh token is invalid, expired or used. Log in again.'
  )
}

/** Throws what the end of a session was refused for. */
export function orRefuseEnd(result: 'ended' | 'missing' | ActorRefusal) {
  if (result === 'missing') throw notFound('session-not-found', 'You have no such session.')
  if (result !== 'ended') throw refusedActor(result)
}

function granted({ id: session_id, user_id, user_type }: Row, refresh_token: string): Attempt {
  const outcome = { user_id, user_type: user_type as UserType, session_id, refresh_token }
  return { outcome, user_id, session_id, result: 'granted' }
}

export function createSessionsService({ check, store, refreshes, refreshTtlMs }: Deps) {
  const expiry = () => new Date(Date.now() + refreshTtlMs)

  /**
   * A token that was used moments ago comes of a client that asked several times at once, or did not hear the answer:
   * it gets the same again, as long as that was not used. Any other is a copy that somebody has.
   */
  async function answerSpent(refresh_token: string, spent: Spent): Promise<Attempt> {
    const { session_id, user_id, salt } = spent
    if (spent.recent && salt) {
      const { token, hash } = successorOf(refresh_token, salt)
      const row = await refreshes.findUnused(hash)
      if (row) return { ...granted(row, token), result: 'repeated' }
    }
    const refused = { outcome: invalidRefreshToken(), user_id }
    // Used since this request came: whoever it was did not come after somebody else.
    if (spent.raced) return { ...refused, result: 'refused' }
    await store.end(session_id)
    return { ...refused, session_id, result: 'reused' }
  }

  return {
    async logIn(typed: Credentials, client: Client): Promise<Attempt> {
      const { user_id, known, throttled } = await check(typed, client.address)
      if (throttled) return { outcome: throttled, user_id, result: 'throttled' }
      const { token, hash: token_hash } = newToken()
      const row =
        known && (await store.insert({ ...known, client, token_hash, expires_at: expiry() }))
      return row ? granted(row, token) : { outcome: wrongCredentials(), user_id, result: 'refused' }
    },

    async refresh(refresh_token: string, client: Client): Promise<Attempt> {
      const begun = performance.now()
      const used = hashOf(refresh_token)
      const salt = newSalt()
      const { token, hash: next } = successorOf(refresh_token, salt)
      const row = await refreshes.rotate({ used, next, salt, expires_at: expiry(), client })
      if (row) return granted(row, token)
      const spent = await refreshes.findSpent(used, performance.now() - begun)
      if (spent) return answerSpent(refresh_token, spent)
      return { outcome: invalidRefreshToken(), user_id: null, result: 'refused' }
    },

    async end(id: string, user_id: string): Promise<void> {
      orRefuseEnd(await store.endOwn({ id, user_id }))
    },

    async listEnded(since: string | undefined): Promise<EndedSessions> {
      const position = readPosition(since)
      return revocationPage(await store.listEnded(position), position)
    }
  }
}
