import { decide } from '../../auth/authorize.ts'
import { editDistance } from '../../route-table/errors.ts'
import { parametersOf, partsOf, valueIn } from '../../route-table/paths.ts'
import { createMatcher, type Entry, entriesOf, type Match } from '../../route-table/router.ts'
import type { Route, Table } from '../../route-table/types.ts'
import type { Caller } from './request.ts'

/** Whether a route allows a caller, and what each word of its `allow` decides. */
export interface Verdict {
  passes: boolean
  words: { word: string; passes: boolean; why: string }[]
}

function whyOf(
  word: string,
  route: Route,
  caller: Caller | null,
  ownerId: string | undefined
): string {
  if (word === 'public') return 'everyone passes'
  if (caller === null) return 'there is no token'
  if (word === 'user') return 'every valid token passes'
  if (word !== 'owner') return `the caller’s type is ${caller.type}`
  return `:${route.owner} is ${ownerId}, the caller is ${caller.id}`
}

/** The gateway's decision about each word of `allow`, and about all of them. */
export function verdictOf({ route: entry, values }: Match<Entry>, caller: Caller | null): Verdict {
  const { route, names } = entry
  const who = caller && { sub: caller.id, user_type: caller.type }
  const ownerId = route.owner === null ? undefined : values[names.indexOf(route.owner)]
  const words = route.allow.map((word) => ({
    word,
    passes: decide([word], who, ownerId) === 'pass',
    why: whyOf(word, route, caller, ownerId)
  }))
  return { passes: decide(route.allow, who, ownerId) === 'pass', words }
}

/** A route that is similar to a request but does not match, and why. */
export interface NearMiss {
  /** `PUT /api/users/:id`, under the alias of the request. */
  name: string
  line: number
  why: string
}

interface Candidate {
  path: string
  entry: Entry
}

const maxShown = 5
const split = (path: string) => path.split('/').slice(1)

/** Whether one word may be a typing error of the other. */
const isAlike = (one: string, other: string) =>
  Math.min(one.length, other.length) >= 3 && editDistance(one, other) <= 1

function fitsParameter(segment: string, word: string): boolean {
  const parts = partsOf(segment)
  return parts !== null && valueIn(parts, word) !== null
}

/** The one difference between two paths; null where there are more. */
function differenceOf(template: string, path: string): string | null {
  const [theirs, ours] = [split(template), split(path)]
  const fits = (segment: string, index: number) =>
    segment === ours[index] || fitsParameter(segment, ours[index] ?? '')
  const length = Math.min(theirs.length, ours.length)
  const different = theirs
    .slice(0, length)
    .flatMap((segment, index) => (fits(segment, index) ? [] : [index]))
  const [first] = different
  if (first === undefined) {
    const difference = theirs.length - ours.length
    if (difference === 1) return `its path goes on with /${theirs.at(-1)}`
    return difference === -1 && length > 1 ? `its path ends before /${ours.at(-1)}` : null
  }
  const [segment = '', word = ''] = [theirs[first], ours[first]]
  if (different.length > 1 || theirs.length !== ours.length || !isAlike(segment, word)) return null
  return `it has ${segment} where the request has ${word}`
}

/** Why a route does not match; null where it is not similar. */
function whyNot(
  { path: template, entry }: Candidate,
  method: string,
  path: string,
  won: string | null
) {
  const { route } = entry
  const alone = createMatcher<Entry>()
  alone.add(route.method, template, entry)
  if (alone.match(method, path)) {
    return won === null ? null : `${won} is more specific`
  }
  if (alone.methods(path).length > 0) return `it takes ${route.method}`
  if (template.endsWith('/**')) return null
  const only = differenceOf(template, path)
  if (only === null) return null
  const isOther = route.method !== method && route.method !== 'ANY'
  return isOther ? null : only
}

/** Routes that are similar to a request, the most similar first. */
export function nearMisses(
  table: Table,
  method: string,
  path: string,
  matched: Entry | null
): NearMiss[] {
  const candidates = entriesOf(table)
  const won = candidates.find(
    ({ entry }) => entry.route === matched?.route && isSame(entry, matched)
  )
  return candidates
    .filter((candidate) => candidate !== won)
    .flatMap((candidate) => {
      const why = whyNot(candidate, method, path, won?.path ?? null)
      const { method: own, line } = candidate.entry.route
      return why === null ? [] : [{ name: `${own} ${candidate.path}`, line, why }]
    })
    .sort((one, other) => rank(one) - rank(other))
    .slice(0, maxShown)
}

const isSame = (one: Entry, other: Entry | null) =>
  one.stripped === other?.stripped && one.put === other.put

/** Routes that match but are less specific come first, then those of the path, then those with a similar path. */
function rank({ why }: NearMiss): number {
  if (why.endsWith('more specific')) return 0
  return why.startsWith('it takes') ? 1 : 2
}

/** The parameters of a match by name, as in the path. */
export function valuesOf(path: string, values: readonly string[]): [name: string, value: string][] {
  return parametersOf(path).map((name, index) => [name, values[index] ?? ''])
}
