import { originFault, urlFault } from './address.ts'
import { isUnder, pathFault, shapeOf, takesReserved } from './paths.ts'
import type { Route } from './route.ts'
import type { TableFile } from './schema.ts'
import type { Source } from './source.ts'
import { durationFault } from './units.ts'

/** Reports addresses of the right form that can be none. */
export function checkAddresses({ services, cors }: TableFile, { report }: Source) {
  for (const [name, { url }] of Object.entries(services)) {
    const fault = urlFault(url)
    if (fault) report(['services', name, 'url'], fault)
  }
  for (const [index, origin] of (cors?.origins ?? []).entries()) {
    const fault = originFault(origin)
    if (fault) report(['cors', 'origins', index], fault)
  }
}

/** Two lines of one method and shape would take the same requests: the second is a mistake. */
export function checkShapes({ routes }: TableFile, { report, lineOf }: Source) {
  const first = new Map<string, string>()
  for (const key of Object.keys(routes)) {
    const shape = shapeOf(key.replace(/ +/, ' '))
    const earlier = first.get(shape)
    if (earlier === undefined) first.set(shape, key)
    else report(['routes', key], `has the same shape as line ${lineOf(['routes', earlier])}`, 'key')
  }
}

/** An alias is a path of its own, and stands for lines that there are. */
export function checkAliases(
  { aliases = {} }: TableFile,
  routes: readonly Route[],
  { report, faults }: Source
) {
  const isWhole = faults.length === 0
  for (const [from, to] of Object.entries(aliases)) {
    const tell = (message: string) => report(['aliases', from], message, 'key')
    const paths = routes.filter(({ path }) => isUnder(path, to))
    const meant = paths.map(({ path }) => from + path.slice(to.length))
    const taken = meant.find(takesReserved)
    const fault = aliasFault(from)
    if (fault) tell(fault)
    else if (taken) tell(`it makes ${taken}, which the gateway itself answers`)
    else if (meant.length === 0 && isWhole) tell(`no line of the table is under ${to}`)
  }
}

function aliasFault(from: string): string | null {
  if (/[:*]/.test(from)) return 'a prefix has no parameter and no wildcard'
  const fault = from === '/' ? 'has an empty segment' : pathFault(from)
  return fault && `the prefix ${fault}`
}

export function checkTimes({ services, defaults, cors }: TableFile, { report }: Source) {
  const connects = Object.entries(services).map(([name, { connect }]) => ({
    path: ['services', name, 'connect'],
    field: connect
  }))
  const times = [
    { path: ['defaults', 'timeout'], field: defaults?.timeout },
    { path: ['defaults', 'try'], field: defaults?.try },
    { path: ['cors', 'max_age'], field: cors?.max_age },
    ...connects
  ]
  for (const { path, field } of times) {
    const fault = durationFault(field)
    if (fault) report(path, fault)
  }
}

/** The words of `allow` that mean something else can be no user's type. */
export function checkTypes({ user_types = [] }: TableFile, { report }: Source) {
  for (const [index, type] of user_types.entries()) {
    if (!['public', 'user', 'owner'].includes(type)) continue
    report(['user_types', index], `${type} has a meaning of its own in allow`)
  }
}
