import { type Change, change } from '@gatehouse/openapi/change'
import { isObject, type Json, listIn, objectIn } from '@gatehouse/openapi/json'
import { below, type Place } from '@gatehouse/openapi/location'

/** What has to be shown together: schemes with their scopes. */
type Alternative = readonly string[]

/** The alternatives of which a caller needs one; `security` of the document counts where an operation has none. */
function alternativesOf(operation: Place): Alternative[] {
  const { security = operation.document.security } = objectIn(operation.node)
  const named = listIn(security).filter(isObject)
  const all = named.map((alternative) =>
    Object.entries(alternative).flatMap(([scheme, scopes]) => [
      scheme,
      ...listIn(scopes).map((scope) => `${scheme}:${scope}`)
    ])
  )
  return all.length === 0 ? [[]] : all
}

const sayAll = (alternatives: readonly Alternative[]) =>
  alternatives.map((one) => (one.length === 0 ? 'nothing' : one.join(' and '))).join(', or ')

function securityChanges(before: Place, now: Place): Change[] {
  const [old, fresh] = [alternativesOf(before), alternativesOf(now)]
  const kept = old.every((had) =>
    fresh.some((needed) => needed.every((each) => had.includes(each)))
  )
  if (kept) return []
  const sides = [
    [below(before, 'security'), sayAll(old)] as [Place, string],
    [below(now, 'security'), sayAll(fresh)] as [Place, string]
  ] as const
  return [
    change('breaking', 'security-stricter', 'who could call it needs more to call it now', ...sides)
  ]
}

/** Whether everybody whom a word of `allow` lets pass still passes. */
function passes(word: string, allow: readonly string[]): boolean {
  if (allow.includes('public') || allow.includes(word)) return true
  return word !== 'public' && allow.includes('user')
}

function allowChanges(before: Place, now: Place): Change[] {
  const at = [below(before, 'allow'), below(now, 'allow')] as const
  const [old, fresh] = at.map(({ node }) => listIn(node).map(String)) as [string[], string[]]
  const lost = old.filter((word) => !passes(word, fresh))
  const won = fresh.filter((word) => !passes(word, old))
  if (at[0].node === undefined || at[1].node === undefined) return []
  const sides = [
    [at[0], old.join(', ')] as [Place, string],
    [at[1], fresh.join(', ')] as [Place, string]
  ] as const
  const isPublic = won.includes('public')
  const opened = change(
    isPublic ? 'breaking' : 'warning',
    isPublic ? 'allow-public' : 'allow-widened',
    isPublic
      ? 'anybody may call it now, without a token'
      : `${won.join(' and ')} may call it now as well`,
    ...sides
  )
  if (lost.length === 0) return won.length === 0 ? [] : [opened]
  const message = `${lost.join(' and ')} may not call it any more`
  const narrowed = change('breaking', 'allow-narrowed', message, ...sides)
  return won.length === 0 ? [narrowed] : [narrowed, opened]
}

const perMinute = ({ limit, window_ms }: Json) => (Number(limit) / Number(window_ms)) * 60_000

function rateChanges(before: Place, now: Place): Change[] {
  const at = [below(before, 'rate'), below(now, 'rate')] as const
  if (!isObject(at[1].node)) return []
  const [old, fresh] = at.map(({ node }) => objectIn(node)) as [Json, Json]
  const isTighter = !isObject(at[0].node) || perMinute(fresh) < perMinute(old)
  if (!isTighter) return []
  const say = (rate: Json) =>
    rate.limit === undefined ? 'no limit' : `${rate.limit} in ${rate.window_ms} ms per ${rate.per}`
  return [
    change(
      'warning',
      'rate-lowered',
      'fewer requests are taken',
      [at[0], say(old)],
      [at[1], say(fresh)]
    )
  ]
}

function lowered(before: Place, now: Place, key: string, rule: string, message: string): Change[] {
  const [old, fresh] = [below(before, key), below(now, key)]
  if (typeof old.node !== 'number' || typeof fresh.node !== 'number' || fresh.node >= old.node)
    return []
  const severity = key === 'body_bytes' ? 'breaking' : 'warning'
  return [change(severity, rule, message, [old, `${old.node}`], [fresh, `${fresh.node}`])]
}

/** What became of who may call an operation, and within which limits. */
export function accessChanges(before: Place, now: Place): Change[] {
  const [old, fresh] = [below(before, 'x-gateway'), below(now, 'x-gateway')]
  const security = securityChanges(before, now)
  return [
    ...(security.length > 0 ? security : allowChanges(old, fresh)),
    ...rateChanges(old, fresh),
    ...lowered(old, fresh, 'body_bytes', 'body-limit-lowered', 'bodies have to be smaller'),
    ...lowered(old, fresh, 'timeout_ms', 'timeout-lowered', 'the service is given less time')
  ]
}
