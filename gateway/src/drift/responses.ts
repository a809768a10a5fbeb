import { type Change, change } from './change.ts'
import { answerChanges, type Compare } from './contents.ts'
import { below, followed, keysOf, type Place } from './place.ts'

/** Whether a status is what a caller hopes for: not an error. */
const isHopedFor = (status: string) => /^[123]/.test(status)

/** What describes a status: its own entry, that of its class, or the one for all others. */
function describing(responses: Place, status: string): Place | null {
  const keys = keysOf(responses)
  const key = [status, `${status[0]}XX`, 'default'].find((each) => keys.includes(each))
  return key === undefined ? null : followed(below(responses, key))
}

function removed(status: string, place: Place, responses: Place): Change {
  const severity = isHopedFor(status) ? 'breaking' : 'information'
  const message = `${status} is not answered any more`
  return change(
    severity,
    'response-status-removed',
    message,
    [place, 'there'],
    [responses, 'not there']
  )
}

function added(status: string, place: Place, responses: Place): Change {
  const severity = isHopedFor(status) ? 'warning' : 'information'
  const message = `${status} may be answered now`
  return change(
    severity,
    'response-status-added',
    message,
    [responses, 'not there'],
    [place, 'there']
  )
}

/** Whether a class of statuses (`2XX`, `default`) has become some of its members. */
function isNarrowed(status: string, responses: Place): boolean {
  const members = keysOf(responses).filter((key) => key[0] === status[0])
  return status.endsWith('XX') && members.length > 0
}

/** What became of the answers of an operation. */
export function responseChanges(before: Place, now: Place, compare: Compare): Change[] {
  const [old, fresh] = [below(before, 'responses'), below(now, 'responses')]
  const statuses = new Set([...keysOf(old), ...keysOf(fresh)])
  return [...statuses].flatMap((status) => {
    const [was, is] = [describing(old, status), describing(fresh, status)]
    if (was && is) return answerChanges(was, is, `the answer ${status}`, compare)
    if (is) return [added(status, is, old)]
    return was && !isNarrowed(status, fresh) ? [removed(status, was, fresh)] : []
  })
}
