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

/** A response with all its headers, and as text that is the same for the same. */
interface Full {
  full: Json
  text: () => string
}

function completed(response: Json, rated: boolean): Full {
  const added = { ...(rated && rateHeaders), ...corsHeaders }
  const full = { ...response, headers: eitherHeaders(objectIn(response.headers), added) }
  let text: string | undefined
  return {
    full,
    text() {
      text ??= canonical(full)
      return text
    }
  }
}

/**
 * Keeps the responses of all operations, so that the same ones become one component. `reserved` are components that
 * keep their names whatever comes.
 */
export function createResponses(reserved: ReadonlyMap<string, Json>) {
  const components = new Map(reserved)
  const names = new Map([...reserved].map(([name, response]) => [canonical(response), name]))

  const known = { rated: new WeakMap<Json, Full>(), plain: new WeakMap<Json, Full>() }

  /** Many operations have the same responses, and long ones: each is made once. */
  function complete(response: Json, kind: keyof typeof known): Full {
    const made = known[kind].get(response) ?? completed(response, kind === 'rated')
    known[kind].set(response, made)
    return made
  }

  function share({ full, text }: Full, wanted: string, prefix: string): string {
    const same = names.get(text())
    if (same !== undefined) return same
    let name = wanted
    const base = wanted.startsWith(prefix) ? wanted : prefix + wanted
    for (let count = 1; components.has(name); count += 1) name = count === 1 ? base : base + count
    components.set(name, full)
    names.set(text(), name)
    return name
  }

  const finish: Finish = (response, { route, status, name }) => {
    const rated = route.rate !== null && /^[24]/.test(status)
    const made = complete(response, rated ? 'rated' : 'plain')
    if (name === null) return made.full
    return { $ref: `#/components/responses/${share(made, name, pascal(route.service.name))}` }
  }

  return { finish, components: () => Object.fromEntries(components) }
}
