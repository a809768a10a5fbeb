/** One count for every 10 µs, up to a second. */
const stepsPerMs = 100
const steps = 1000 * stepsPerMs

/** Counts latencies, in ms. */
export function createHistogram() {
  const counts = new Uint32Array(steps + 1)
  let count = 0
  return {
    record(ms: number) {
      const step = Math.min(Math.floor(ms * stepsPerMs), steps)
      counts[step] = (counts[step] ?? 0) + 1
      count += 1
    },
    count: () => count,
    /** The latency that this share of all stays below. */
    percentile(share: number): number {
      let left = count * share
      for (const [step, some] of counts.entries()) {
        left -= some
        if (left <= 0) return (step + 1) / stepsPerMs
      }
      return 0
    }
  }
}
