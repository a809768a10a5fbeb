import { randomUUID } from 'node:crypto'
import type { Client } from './client.ts'
import { makePeople, type Person } from './people.ts'

/** An order that was asked for. `id` is what was answered, null where no answer said that it was placed. */
export interface Asked {
  key: string
  id: string | null
  /** The number of changes that its history must have, while its owner is there. */
  versions: number
}

/** A user with what was asked for. */
export interface Customer extends Person {
  asked: Asked[]
  /** The requests by which the user was to be deleted; one of them was. Empty where it stays. */
  deletions: string[]
}

export interface Placed {
  admin: string
  customers: Customer[]
}

interface Options {
  orders: number
  /** Told how many orders have been acknowledged. */
  onPlaced: (count: number) => void
}

/** Every fourth user is deleted while the orders are placed. */
const customerCount = 12
const leaves = (index: number) => index % 4 === 3
const body = { item: 'Lantern', address: '1 Gate Lane' }

/** Places an order, and changes every third: under its etag, so that a repeated request changes it once. */
async function placeOne({ call }: Client, { token }: Person, changed: boolean): Promise<Asked> {
  const asked: Asked = { key: randomUUID(), id: null, versions: 1 }
  const headers = { 'idempotency-key': asked.key }
  const placed = await call('POST', '/api/orders', { token, body, headers })
  // A user who is gone by now gets one of these.
  if (placed.status === 401 || placed.status === 403) return asked
  if (placed.status !== 201) throw new Error(`An order got ${placed.status}.`)
  asked.id = String(placed.body.id)
  if (!changed) return asked
  const change = { token, body: { quantity: 2 }, headers: { 'if-match': '"v1"' } }
  const { status } = await call('PATCH', `/api/orders/${asked.id}`, change)
  if (status === 200 || status === 412) asked.versions = 2
  return asked
}

async function remove({ call }: Client, admin: string, customer: Customer) {
  const request_id = `chaos-${randomUUID()}`
  customer.deletions.push(request_id)
  const headers = { 'request-id': request_id }
  const { status } = await call('DELETE', `/api/users/${customer.id}`, { token: admin, headers })
  // 404: an earlier try, which got no answer, has done it.
  if (status !== 204 && status !== 404) throw new Error(`A deletion got ${status}.`)
}

/** Places orders for a dozen users at once until `orders` are acknowledged, and deletes some of the users meanwhile. */
export async function placeAll(client: Client, { orders, onPlaced }: Options): Promise<Placed> {
  const { admin, people } = await makePeople(client, customerCount)
  const customers = people.map((person): Customer => ({ ...person, asked: [], deletions: [] }))
  let acknowledged = 0

  async function placeFor(customer: Customer, number: number): Promise<boolean> {
    const asked = await placeOne(client, customer, number % 3 === 0)
    customer.asked.push(asked)
    if (asked.id === null) return false
    acknowledged += 1
    onPlaced(acknowledged)
    return true
  }

  async function stay(customer: Customer) {
    for (let number = 0; acknowledged < orders; number += 1)
      if (!(await placeFor(customer, number))) throw new Error('An order of a user was refused.')
  }

  /** Goes on placing orders while it is being deleted, as many again or until it is refused. */
  async function leave(customer: Customer) {
    const half = Math.ceil(orders / customerCount / 2)
    for (let number = 0; number < half; number += 1) await placeFor(customer, number)
    const removing = remove(client, admin, customer)
    for (let number = half; number < 2 * half; number += 1)
      if (!(await placeFor(customer, number))) break
    await removing
  }

  const work = async (customer: Customer, index: number) =>
    leaves(index) ? leave(customer) : stay(customer)
  await Promise.all(customers.map(work))
  return { admin, customers }
}
