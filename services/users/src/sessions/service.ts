import { notFound, unauthorized } from '@gatehouse/service-kit'
import type { UserType } from '../users/contract.ts'
import type { Credentials, EndedSessions, Session } from './contract.ts'
import { answerOf, readPosition } from './ended.ts'
import type { createCheck } from './login.ts'
import type { SessionStore } from './store.ts'
import { hashOf, newToken } from './token.ts'

interface Deps {
  check: ReturnType<typeof createCheck>
  store: SessionStore
  refreshTtlMs: number
  now?: () => Date
}

/** What became of an attempt: a session, or null; the user, where one is known; and a word for the log. */
interface Attempt {
  session: Session | null
  user_id: string | null
  result: 'granted' | 'refused' | 'token-reused'
}

interface Row {
  id: string
  user_id: string
  user_type: string
}

export type SessionsService = ReturnType<typeof createSessionsService>

export function wrongCredentials() {
  return unauthorized('wrong-credentials', 'The username or the password is not right.')
}

export function invalidRefreshToken() {
  return unauthorized('invalid-refresh-token', 'This refresh token is not good any more.')
}

function granted({ id: session_id, user_id, user_type }: Row, refresh_token: string): Attempt {
  const session = { user_id, user_type: user_type as UserType, session_id, refresh_token }
  return { session, user_id, result: 'granted' }
}

export function createSessionsService({
  check,
  store,
  refreshTtlMs,
  now = () => new Date()
}: Deps) {
  const expiry = () => new Date(now().getTime() + refreshTtlMs)

  return {
    async logIn(typed: Credentials): Promise<Attempt> {
      const { user_id, known } = await check(typed)
      const { token, hash: token_hash } = newToken()
      const row = known && (await store.insert({ ...known, token_hash, expires_at: expiry() }))
      return row ? granted(row, token) : { session: null, user_id, result: 'refused' }
    },

    async refresh(refresh_token: string): Promise<Attempt> {
      const arrived = now()
      const used = hashOf(refresh_token)
      const { token, hash: next } = newToken()
      const row = await store.rotate({ used, next, expires_at: expiry(), now })
      if (row) return granted(row, token)
      const spent = await store.findSpent(used)
      const user_id = spent?.user_id ?? null
      // Used since this request came: one client asked twice at once. Used before: somebody has a copy.
      if (!spent || spent.used_at > arrived) return { session: null, user_id, result: 'refused' }
      await store.end(spent.session_id)
      return { session: null, user_id, result: 'token-reused' }
    },

    async end(id: string, user_id: string): Promise<void> {
      const own = await store.endOwn({ id, user_id })
      if (!own) throw notFound('session-not-found', 'You have no such session.')
    },

    async listEnded(since: string | undefined): Promise<EndedSessions> {
      const position = readPosition(since)
      return answerOf(await store.listEnded(position), { since, position })
    }
  }
}
