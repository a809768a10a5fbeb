import { notFound, type ProblemError, unauthorized } from '@gatehouse/service-kit'
import type { ActorRefusal } from '../actors/store.ts'
import type { RefreshStore } from '../refresh/store.ts'
import type { UserType } from '../users/contract.ts'
import { refusedActor } from '../users/service.ts'
import type { Client } from './client.ts'
import type { Credentials, EndedSessions, Session } from './contract.ts'
import type { createCheck } from './login.ts'
import { readPosition, revocationPage } from './revocation-feed.ts'
import type { Row, SessionStore } from './store.ts'
import { hashOf, newToken } from './token.ts'

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
  result: 'granted' | 'refused' | 'throttled' | 'reused'
}

export type SessionsService = ReturnType<typeof createSessionsService>

function wrongCredentials() {
  return unauthorized('wrong-credentials', 'The username or the password is not right.')
}

function invalidRefreshToken() {
  return unauthorized('invalid-refresh-token', 'This refresh token is not good any more.')
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
      const { token, hash: next } = newToken()
      const row = await refreshes.rotate({ used, next, expires_at: expiry(), client })
      if (row) return granted(row, token)
      const spent = await refreshes.findSpent(used, performance.now() - begun)
      const refused = { outcome: invalidRefreshToken(), user_id: spent?.user_id ?? null }
      // Used since this request came: one client asked twice at once. Used before: somebody has a copy.
      if (!spent || spent.raced) return { ...refused, result: 'refused' }
      await store.end(spent.session_id)
      return { ...refused, session_id: spent.session_id, result: 'reused' }
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
