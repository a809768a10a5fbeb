import type { Published } from './select.ts'

/** `reset-password` as `ResetPassword`. */
export function pascal(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('')
}

const camel = (text: string) => {
  const name = pascal(text)
  return (name[0] ?? '').toLowerCase() + name.slice(1)
}

/** `getUsersById` of `GET /api/users/{id}`, where `/api` is stripped. */
function madeOf({ method, path, route }: Published): string {
  const { strip } = route.service
  const rest = path.startsWith(strip) ? path.slice(strip.length) : path
  const words = rest.split('/').map((part) => part.replace(/^\{(.*)\}$/, 'by-$1'))
  return method + pascal(words.join('-'))
}

/** What an operation is called where no other has the name: as its service does, where the path is the service's. */
function wantedOf(entry: Published, same: readonly Published[]): string {
  const original = entry.source?.operation.operationId
  if (typeof original !== 'string' || original === '') return madeOf(entry)
  const first = same.find(({ route }) => route.target === null) ?? same[0]
  return first === entry ? original : madeOf(entry)
}

/**
 * An operationId for each published operation: the service's own where no other has it, then with the
 * service's name before it. The same table and documents give the same ids.
 */
export function nameOperations(published: readonly Published[]): Map<Published, string> {
  const alike = Map.groupBy(published, ({ source }) => source?.operation)
  const wanted = published.map((entry) => wantedOf(entry, alike.get(entry.source?.operation) ?? []))
  const counts = Map.groupBy(wanted, (id) => id)
  const taken = new Set(wanted.filter((id) => counts.get(id)?.length === 1))
  return new Map(
    published.map((entry, index) => {
      const id = wanted[index] ?? ''
      if (counts.get(id)?.length === 1) return [entry, id]
      const base = camel(entry.route.service.name) + pascal(id)
      let name = base
      for (let count = 2; taken.has(name); count += 1) name = `${base}${count}`
      taken.add(name)
      return [entry, name]
    })
  )
}
