import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from './client.ts'
import type { Customer, Placed } from './load.ts'

interface Order {
  id: string
  status: string
}

interface Change {
  version: number
  action: string
  request_id: string
  reason?: string
}

/** What was found; each of `faults` is a promise that was broken. */
export interface Verified {
  acknowledged: number
  found: number
  changes: number
  deletions: number
  cancelled: number
  faults: string[]
}

const patienceMs = 60_000
const pollMs = 200

/** All pages of a list. */
async function readAll<T>({ call }: Client, token: string, path: string): Promise<T[]> {
  const all: T[] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, headers, body } = await call('GET', next, { token })
    if (status !== 200) throw new Error(`${next} got ${status}.`)
    all.push(...(body as unknown as T[]))
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  return all
}

/** The orders of a customer, once all that a deletion has to do is done. */
async function settled(client: Client, admin: string, { id, deletions }: Customer) {
  const path = `/api/orders?limit=100&created_by=${id}`
  for (const until = Date.now() + patienceMs; ; await delay(pollMs)) {
    const orders = await readAll<Order>(client, admin, path)
    const open = orders.some(({ status }) => status === 'placed')
    if (deletions.length === 0 || !open || Date.now() > until) return orders
  }
}

/** What is wrong with a history, or null. */
function historyFault(history: Change[], order: Order, { asked, deletions }: Customer) {
  const versions = history.map(({ version }) => version).toReversed()
  if (versions.some((version, index) => version !== index + 1) || versions.length === 0)
    return `has the versions ${versions}`
  const wanted = asked.find(({ id }) => id === order.id)?.versions ?? 1
  if (deletions.length === 0)
    return versions.length === wanted ? null : `has ${versions.length} changes, not ${wanted}`
  const ends = history.filter(({ action }) => action === 'cancelled')
  if (ends.length !== 1 || order.status !== 'cancelled') return `was cancelled ${ends.length} times`
  const [end] = ends
  const told = end?.reason === 'user-deleted' && deletions.includes(end.request_id)
  return told ? null : 'was cancelled by something else than the deletion'
}

/** Compares what a customer was answered with what there is. */
async function verifyOne(client: Client, admin: string, customer: Customer): Promise<Verified> {
  const orders = await settled(client, admin, customer)
  const there = new Set(orders.map(({ id }) => id))
  const acknowledged = customer.asked.flatMap(({ id }) => id ?? [])
  const faults = acknowledged
    .filter((id) => !there.has(id))
    .map((id) => `order ${id} was acknowledged and is lost`)
  if (new Set(acknowledged).size !== acknowledged.length) faults.push('two keys have one order')
  const keys = customer.deletions.length === 0 ? acknowledged.length : customer.asked.length
  if (orders.length > keys)
    faults.push(`${customer.id} has ${orders.length} orders of ${keys} keys`)
  let changes = 0
  for (const order of orders) {
    const path = `/api/orders/${order.id}/history?limit=100`
    const history = await readAll<Change>(client, admin, path)
    changes += history.length
    const fault = historyFault(history, order, customer)
    if (fault) faults.push(`order ${order.id} ${fault}`)
  }
  const gone = customer.deletions.length > 0
  const deletions = gone ? 1 : 0
  const cancelled = gone ? orders.length : 0
  const found = acknowledged.filter((id) => there.has(id)).length
  return { acknowledged: acknowledged.length, found, changes, deletions, cancelled, faults }
}

/** Looks for every order, every change and every deletion. */
export async function verify(client: Client, { admin, customers }: Placed): Promise<Verified> {
  const all = await Promise.all(customers.map(async (one) => verifyOne(client, admin, one)))
  const sum = (of: (one: Verified) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    acknowledged: sum((one) => one.acknowledged),
    found: sum((one) => one.found),
    changes: sum((one) => one.changes),
    deletions: sum((one) => one.deletions),
    cancelled: sum((one) => one.cancelled),
    faults: all.flatMap(({ faults }) => faults)
  }
}
