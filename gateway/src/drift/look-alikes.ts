import type { SourceOperation } from '../docs/source-operations.ts'
import { suggestion } from '../table/faults.ts'
import type { Route } from '../table/route.ts'
import { askedOf, type Misfit, nameOf, pointerOf } from './lines.ts'

const isOpen = (segment: string) => /^[:$]|^\{.*\}$/.test(segment)

/** Whether the service would read a request for `asked` as one for this template. */
function isTakenBy(asked: string, template: string): boolean {
  const [ours, theirs] = [asked.split('/'), template.split('/')]
  if (ours.length !== theirs.length) return false
  return ours.every((segment, index) => {
    const other = theirs[index] ?? ''
    return segment === other || isOpen(segment) || isOpen(other)
  })
}

const spell = ({ method, templates }: SourceOperation) =>
  `${method.toUpperCase()} ${templates.at(-1)}`

/** Says what is there instead of the operation that a line leads to: another method, another parameter, another name. */
export function lookAlikes(route: Route, operations: readonly SourceOperation[]): Misfit[] {
  const asked = askedOf(route)
  const there = operations.filter(({ templates }) =>
    templates.some((path) => isTakenBy(asked, path))
  )
  const { name } = route.service
  const [first] = there
  const base = { severity: 'breaking' as const }
  if (first === undefined) {
    const paths = operations.flatMap(({ templates }) => templates.slice(-1))
    const near = suggestion(asked.replaceAll(/\/[:$][^/]+/g, '/{id}'), [...new Set(paths)])
    const message = `${name} has no such operation${near.startsWith(' (did') ? near : ''}`
    return [
      {
        ...base,
        rule: 'line-without-operation',
        message,
        service: { says: 'nothing', at: `${name}#/paths` }
      }
    ]
  }
  const says = there.map(spell).join(', ')
  const service = { says, at: pointerOf(name, first) }
  const meant = route.method.toLowerCase()
  const taking = there.find(({ method }) => method === meant)
  if (taking) {
    const message = `${nameOf(route)} and ${spell(taking)} have their parameters in different places`
    return [{ ...base, rule: 'parameter-mismatch', message, service }]
  }
  const message = `${name} has this path, but not for ${route.method}`
  return [{ ...base, rule: 'method-mismatch', message, service }]
}
