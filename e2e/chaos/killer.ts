import { setTimeout as delay } from 'node:timers/promises'
import { type System, untilReady } from './systems/ready.ts'

interface Options {
  kills: number
  orders: number
}

/** Longer than one order may take, with all its attempts. */
const patienceMs = 300_000
const pollMs = 10

/**
 * Kills the parts of a system in turn, spread evenly over the orders, each while others are being placed and once the
 * system has recovered from the one before.
 */
export function killInTurn({ url, victims }: System, { kills, orders }: Options) {
  const killed: Record<string, number> = {}
  let placed = 0

  async function untilPlaced(count: number) {
    for (const until = Date.now() + patienceMs; placed < count; await delay(pollMs))
      if (Date.now() > until)
        throw new Error(`Only ${placed} orders are placed after five minutes, not ${count}.`)
  }

  async function kill(index: number) {
    const victim = victims[index % victims.length]
    if (!victim) return
    await untilPlaced(Math.floor(((index + 0.5) * orders) / kills))
    await victim.kill()
    killed[victim.name] = (killed[victim.name] ?? 0) + 1
    await untilReady(url)
  }

  async function run() {
    for (let index = 0; index < kills; index += 1) await kill(index)
    return killed
  }
  const running = run()
  // Told by `done`, which is asked for later.
  running.catch(() => undefined)

  return {
    onPlaced(count: number) {
      placed = count
    },

    /** How often each part was killed. */
    done: async () => running
  }
}
