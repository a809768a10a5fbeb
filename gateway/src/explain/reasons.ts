import { decide } from '../auth/decide.ts'
import type { Entry } from '../table/match.ts'
import type { Match } from '../table/matcher.ts'
import type { Route } from '../table/route.ts'
import type { Caller } from './arguments.ts'

/** What becomes of a caller on a line, and what each word of its `allow` says to it. */
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
  if (word === 'public') return 'everybody passes'
  if (caller === null) return 'there is no token'
  if (word === 'user') return 'every valid token passes'
  if (word !== 'owner') return `the caller’s type is ${caller.type}`
  return `:${route.owner} is ${ownerId}, the caller is ${caller.id}`
}

/** Asks the edge's own decision about each word of `allow`, and about all of them. */
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
