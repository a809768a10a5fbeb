/** How long a test waits for something to happen before it fails, in ms. */
const patienceMs = 20_000

/** Lets a test wait for a state: `changed` says that there may be news, `until` looks whenever there are. */
export function createWatch() {
  let news = Promise.withResolvers<void>()

  return {
    changed() {
      news.resolve()
      news = Promise.withResolvers()
    },
    /** Gives the first result of `look` that is something; fails, naming `what`, after 20 s without. */
    async until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
      const { promise: late, reject } = Promise.withResolvers<never>()
      late.catch(() => {})
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patienceMs)
      try {
        while (true) {
          const found = look()
          if (found) return found
          await Promise.race([news.promise, late])
        }
      } finally {
        clearTimeout(timer)
      }
    }
  }
}
