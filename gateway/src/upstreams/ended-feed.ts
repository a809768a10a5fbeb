import { Type } from 'typebox'
import type { Feed } from '../auth/hearing.ts'
import type { Service } from '../table/route.ts'
import type { createInternalClient } from './internal.ts'

/** A service's answer to `GET <sessions>?since=<a time, or the next of the last answer>`: at most 1000 a page. */
const EndedSessions = Type.Object({
  ended: Type.Array(Type.Object({ session_id: Type.String({ maxLength: 128 }) })),
  next: Type.String({ maxLength: 200 })
})

/** How each service that ends sessions is asked for news of them. */
export function endedFeeds(
  services: readonly Service[],
  client: ReturnType<typeof createInternalClient>
) {
  const telling = services.filter(({ sessions }) => sessions !== null)
  return telling.map(({ name, sessions }) => {
    const fetch: Feed = async (cursor) => {
      const path = `${sessions}?since=${encodeURIComponent(cursor)}`
      const { ended, next } = await client.get(name, path, EndedSessions)
      return { sessions: ended.map(({ session_id }) => session_id), next }
    }
    return { service: name, fetch }
  })
}
