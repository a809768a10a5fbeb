/**
 * Runs `work` when asked, never twice at once: whoever asks while it runs waits for one more run, which sees what has
 * changed meanwhile.
 */
export function createRepeater(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false

  async function runAll() {
    do {
      again = false
      await work()
    } while (again)
    running = null
  }

  return async () => {
    again = true
    running ??= runAll()
    return running
  }
}
