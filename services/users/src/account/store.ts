import { planningOf, type Query } from '@gatehouse/database'
import type { OwnSession } from './contract.ts'

interface Page {
  /** The id of the last session that has been seen. */
  after: string | undefined
  limit: number
}

export type AccountStore = ReturnType<typeof createAccountStore>

const goingOn = `
  select id, created_at, used_at, address, agent from sessions
  where user_id = $1 and ended_at is null and expires_at > now()`
const nextPage = `${goingOn} and id < $2`

/** The only file of this feature that sees the database. */
export function createAccountStore(query: Query) {
  return {
    /** The sessions of a user that go on, the latest first, and one more than `limit` where there is another page. */
    async listSessions(
      user_id: string,
      { after, limit }: Page
    ): Promise<Omit<OwnSession, 'current'>[]> {
      const [text, values] =
        after === undefined ? [goingOn, [user_id]] : [nextPage, [user_id, after]]
      return query(`${text} order by id desc limit ${limit + 1}`, values, planningOf(limit))
    }
  }
}
