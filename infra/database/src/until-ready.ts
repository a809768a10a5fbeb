import { unavailable } from '@gatehouse/service-kit'

interface Request {
  routeOptions: { url?: string | undefined }
}

const openPaths = /^\/(health\/|openapi\.json$)/

/** Makes the onRequest hook that answers 503 to all but health and documentation until the database is prepared. */
export function untilReady({ isReady }: { isReady: () => boolean }) {
  return async ({ routeOptions }: Request) => {
    if (isReady() || openPaths.test(routeOptions.url ?? '')) return
    throw unavailable('starting', 'This service is starting; its database is not ready yet.', 2)
  }
}
