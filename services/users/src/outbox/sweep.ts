import type { Log } from './publisher.ts'
import type { Outbox } from './store.ts'

interface Options {
  outbox: Pick<Outbox, 'forget' | 'summary'>
  /** Whether somebody listens: where nobody does, what was never delivered goes as well. */
  delivers: boolean
  log: Pick<Log, 'info' | 'warn'>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const keepMs = 7 * 24 * hourMs

/** Forgets the events that were delivered more than 7 days ago, and gives their number. */
export async function forgetOldEvents({ outbox, delivers }: Options, now = Date.now()) {
  return outbox.forget(new Date(now - keepMs), { undelivered: !delivers })
}

/** Logs how many events wait and how many are parked, where any do. */
export async function reportWaiting({ outbox, log }: Options) {
  const { waiting, oldest_s, parked } = await outbox.summary()
  if (waiting > 0) log.info({ waiting, oldest_s }, 'events wait to be delivered')
  if (parked > 0)
    log.warn({ parked }, 'events are dead-lettered; README.md of users says what to do')
}

/** Clears up every hour and tells every minute, on each replica; gives the function that ends it. */
export function sweepEvents(options: Options) {
  const onError = (err: unknown) => options.log.warn({ err }, 'old events are kept for now')
  const every = (ms: number, work: (options: Options) => Promise<unknown>) =>
    setInterval(() => void work(options).catch(onError), ms).unref()
  const timers = [every(hourMs, forgetOldEvents), every(minuteMs, reportWaiting)]
  return () => timers.forEach(clearInterval)
}
