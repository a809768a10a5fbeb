import type { Route } from '../table/route.ts'
import { canonical, type Json, objectIn } from './json.ts'
import { pascal } from './operation-ids.ts'
import { corsHeaders, rateHeaders } from './own-responses.ts'

/** Header names have no case: the service's spelling and description stay. */
export function eitherHeaders(theirs: Json, ours: Json): Json {
  const names = new Set(Object.keys(theirs).map((name) => name.toLowerCase()))
  const added = Object.entries(ours).filter(([name]) => !names.has(name.toLowerCase()))
  return { ...theirs, ...Object.fromEntries(added) }
}

interface Place {
  route: Route
  status: string
  /** What the response is called as a component; null where it stands in its operation alone. */
  name: string | null
}

/** Gives a response the headers that the gateway adds, and makes a reference of it where it has a name. */
export type Finish = (response: Json, place: Place) => Json

/**
 * Keeps the responses of all operations, so that the same ones become one component. `reserved` are components that
 * keep their names whatever comes.
 */
export function createResponses(reserved: ReadonlyMap<string, Json>) {
  const components = new Map(reserved)
  const names = new Map([...reserved].map(([name, response]) => [canonical(response), name]))

  function share(response: Json, wanted: string, prefix: string): string {
    const text = canonical(response)
    const known = names.get(text)
    if (known !== undefined) return known
    let name = wanted
    const base = wanted.startsWith(prefix) ? wanted : prefix + wanted
    for (let count = 1; components.has(name); count += 1) name = count === 1 ? base : base + count
    components.set(name, response)
    names.set(text, name)
    return name
  }

  const finish: Finish = (response, { route, status, name }) => {
    const rated = route.rate !== null && /^[24]/.test(status)
    const added = { ...(rated && rateHeaders), ...corsHeaders }
    const full = { ...response, headers: eitherHeaders(objectIn(response.headers), added) }
    if (name === null) return full
    return { $ref: `#/components/responses/${share(full, name, pascal(route.service.name))}` }
  }

  return { finish, components: () => Object.fromEntries(components) }
}
