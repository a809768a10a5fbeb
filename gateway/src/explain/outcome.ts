/** What the edge would have sent. */
export interface Sent {
  service: string
  method: string
  path: string
  /** Name, value, name, value. */
  headers: readonly string[]
}

export interface Outcome {
  /** The request that goes to the service; null where none does. */
  sent: Sent | null
  /** Why the guard refuses the request, before its line is looked for; null where it does not. */
  guard: string | null
  /** What the gateway itself answers, as it stands on the wire; empty where it answers nothing yet. */
  answer: string
  /** Whether it is left to the gateway's own pages. */
  own: boolean
}
