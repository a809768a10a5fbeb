/** What waits for a connection on behalf of one client, and how many connections that client holds. */
interface Client<Item> {
  waiting: Item[]
  inFlight: number
  isListed: boolean
}

/**
 * Requests that wait for a connection, by client. Clients take turns, and none is given more than `maxPerClient`
 * connections at a time, so that the requests of one hold up nobody else's. Items of one client keep their order.
 */
export class FairQueue<Item extends { client: string }> {
  readonly #maxPerClient: number
  readonly #clients = new Map<string, Client<Item>>()
  /** The clients with something that may be sent; the first is next. */
  readonly #turns: Client<Item>[] = []
  #size = 0

  /** @param maxPerClient the most connections that one client holds */
  constructor(maxPerClient: number) {
    this.#maxPerClient = maxPerClient
  }

  /** How many items wait. */
  get size(): number {
    return this.#size
  }

  /** Whether an item waits whose client may have another connection. */
  get hasNext(): boolean {
    return this.#turns.length > 0
  }

  push(item: Item) {
    const client = this.#clientOf(item)
    client.waiting.push(item)
    this.#size += 1
    this.#list(client)
  }

  /** Takes the next item out; it counts as a connection of its client until `release` or `putBack`. */
  take(): Item | undefined {
    const client = this.#turns.shift()
    const item = client?.waiting.shift()
    if (!client || item === undefined) return undefined
    this.#size -= 1
    client.isListed = false
    client.inFlight += 1
    this.#list(client)
    return item
  }

  /** Undoes `take`: the item is its client's next one again. */
  putBack(item: Item) {
    this.#clientOf(item).waiting.unshift(item)
    this.#size += 1
    this.release(item.client)
  }

  /** A connection of this client is free again. */
  release(name: string) {
    const client = this.#clients.get(name)
    if (!client) return
    client.inFlight -= 1
    this.#list(client)
    this.#forgetIdle(name, client)
  }

  /** Removes an item that waits. */
  remove(item: Item) {
    const client = this.#clients.get(item.client)
    const index = client?.waiting.indexOf(item) ?? -1
    if (!client || index === -1) return
    client.waiting.splice(index, 1)
    this.#size -= 1
    if (client.isListed && client.waiting.length === 0) {
      this.#turns.splice(this.#turns.indexOf(client), 1)
      client.isListed = false
    }
    this.#forgetIdle(item.client, client)
  }

  #clientOf({ client: name }: Item): Client<Item> {
    let client = this.#clients.get(name)
    if (!client) {
      client = { waiting: [], inFlight: 0, isListed: false }
      this.#clients.set(name, client)
    }
    return client
  }

  #list(client: Client<Item>) {
    const mayGo = client.waiting.length > 0 && client.inFlight < this.#maxPerClient
    if (client.isListed || !mayGo) return
    client.isListed = true
    this.#turns.push(client)
  }

  #forgetIdle(name: string, { waiting, inFlight }: Client<Item>) {
    if (waiting.length === 0 && inFlight === 0) this.#clients.delete(name)
  }
}
