import type { Database } from '@gatehouse/database'
import { createServiceSigner } from '@gatehouse/service-kit'
import { createHttpTransport } from './http-transport.ts'
import { createPublisher, type Log } from './publisher.ts'
import { announce, announceNothing, channel, type Outbox } from './store.ts'
import { sweepEvents } from './sweep.ts'

interface Options {
  /** The origin of who is to be told; where it is not set nothing is announced. */
  subscriber: string | undefined
  secret: string
}

interface Deps {
  outbox: Outbox
  database: Pick<Database, 'listen'>
  log: Log
}

/** All that tells others of users, put together: what writes events down, and what delivers and forgets them. */
export function createUserChanges({ subscriber, secret }: Options) {
  function relayTo(url: string, { outbox, database, log }: Deps) {
    const transport = createHttpTransport({ url, sign: createServiceSigner(secret, 'users') })
    const relay = createPublisher({ outbox, transport, log })
    database.listen(channel, { onNotice: relay.wake, onConnect: relay.wake })
    return relay
  }

  return {
    announce: subscriber === undefined ? announceNothing : announce,

    /** To be called before the database is prepared; it delivers nothing before `start`. */
    open(deps: Deps) {
      const relay = subscriber === undefined ? null : relayTo(subscriber, deps)
      const stopSweeping = sweepEvents({ ...deps, delivers: relay !== null })
      return {
        start: () => relay?.start(),
        async stop() {
          stopSweeping()
          await relay?.stop()
        }
      }
    }
  }
}
