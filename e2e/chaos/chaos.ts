// npm run chaos: kills processes while orders are placed, and tells what became of the orders.
import { parseArgs } from 'node:util'
import { createClient } from './client.ts'
import { killInTurn } from './killer.ts'
import { placeAll } from './load.ts'
import { type Counted, report } from './report.ts'
import { startCompose } from './systems/compose.ts'
import { startNpm } from './systems/npm.ts'
import { untilReady } from './systems/ready.ts'
import { verify } from './verify.ts'

const usage = 'npm run chaos -- [--compose] [--orders 1000]'
/** One kill for so many orders. */
const ordersAKill = 40
const fewestKills = 8

function readOptions() {
  const options = {
    compose: { type: 'boolean', default: false },
    orders: { type: 'string', default: '1000' }
  } as const
  try {
    const { values } = parseArgs({ options })
    const orders = Number(values.orders)
    if (!Number.isInteger(orders) || orders < 20) throw new Error('--orders must be 20 or more.')
    return { orders, compose: values.compose }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: ${usage}`)
    process.exit(2)
  }
}

const { orders, compose } = readOptions()
const begun = performance.now()

async function run(): Promise<Counted> {
  await using system = await (compose ? startCompose() : startNpm())
  console.log(
    `The system answers at ${system.url}; ${orders} orders are placed while it is killed.`
  )
  const client = createClient(system.url)
  const kills = Math.max(fewestKills, Math.round(orders / ordersAKill))
  const killer = killInTurn(system, { kills, orders })
  const placed = await placeAll(client, { orders, onPlaced: killer.onPlaced })
  const killed = await killer.done()
  await untilReady(system.url)
  const counted = await verify(client, placed)
  return { ...counted, killed, retries: client.retries() }
}

try {
  const counted = await run()
  const seconds = Math.round((performance.now() - begun) / 1000)
  console.log(report(counted, { seconds, on: compose ? 'docker compose' : 'npm start' }))
  process.exitCode = counted.faults.length === 0 ? 0 : 1
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
