/** Something to look at when its time has come, which it mostly does not: it is over before. */
export abstract class Deadline {
  /** In ms of `performance.now()`; Infinity where it is not waited for. */
  dueAt = Number.POSITIVE_INFINITY
  before: Deadline | null = null
  after: Deadline | null = null

  abstract look(): void
}

/**
 * Many deadlines behind one timer: it is set for the first of them, and left alone when that is called off. A timer of
 * Node for each costs more, above all where requests come one by one and the list that Node keeps for a duration is
 * made and thrown away with each. They are chained to each other, since a Set of what lives so shortly is slower still.
 */
export class Deadlines {
  #first: Deadline | null = null
  #timer: NodeJS.Timeout | undefined
  /** When the timer goes off; Infinity where none is set. */
  #wakesAt = Number.POSITIVE_INFINITY

  /** Looks at `deadline` once, at `dueAt` (ms of `performance.now()`) or a little later; it waits for nothing yet. */
  add(deadline: Deadline, dueAt: number) {
    deadline.dueAt = dueAt
    deadline.after = this.#first
    if (this.#first) this.#first.before = deadline
    this.#first = deadline
    if (dueAt < this.#wakesAt) this.#wakeAt(dueAt)
  }

  /** Calls it off, where it is waited for. */
  remove(deadline: Deadline) {
    const { before, after } = deadline
    if (this.#first === deadline) this.#first = after
    if (before) before.after = after
    if (after) after.before = before
    deadline.before = null
    deadline.after = null
    deadline.dueAt = Number.POSITIVE_INFINITY
  }

  /** What is waited for has a connection, which keeps the process going; the timer does not. */
  #wakeAt(time: number) {
    clearTimeout(this.#timer)
    this.#wakesAt = time
    const ms = Math.max(Math.ceil(time - performance.now()), 0)
    this.#timer = setTimeout(() => this.#wake(), ms).unref()
  }

  #wake() {
    this.#wakesAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    const due: Deadline[] = []
    let next = Number.POSITIVE_INFINITY
    for (let one = this.#first; one; one = one.after) {
      if (one.dueAt <= now) due.push(one)
      else next = Math.min(next, one.dueAt)
    }
    if (next < this.#wakesAt) this.#wakeAt(next)
    for (const one of due) {
      // Looking at one may have called off another.
      if (one.dueAt > now) continue
      this.remove(one)
      one.look()
    }
  }
}
