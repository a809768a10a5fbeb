import { unavailable } from '@gatehouse/service-kit'

interface Request {
  routeOptions: { url?: string | undefined }
}

const openPaths = /^\/(health\/|openapi\.json$)/

/** Makes the onRequest hook that answers 503 to all but health and documentation until the database is prepared. */
export function untilReady({ isReady }: { isReady: () => boolean }) {
  return ({ routeOptions }: Request, _reply: unknown, done: (error?: Error) => void) => {
    if (isReady() || openPaths.test(routeOptions.url ?? '')) return done()
    done(
      unavailable(
        'starting',
        'The service is starting: its database is not ready yet. Try again shortly.',
        2
      )
    )
  }
}
