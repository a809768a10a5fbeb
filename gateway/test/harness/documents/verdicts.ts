import { Ajv2020 } from 'ajv/dist/2020.js'
import AjvDraft04 from 'ajv-draft-04'

type Document = Record<string, unknown>
/** Whether a value is accepted; null where the code that Ajv has made breaks. */
type Check = (value: unknown) => boolean | null

// Formats are notes for readers here; what is compared is what the schemas themselves refuse.
const options = {
  strict: false,
  validateFormats: false,
  validateSchema: false,
  logger: false
} as const

/** `nullable` means nothing without a type beside it (3.0.3); Ajv does not take it there. */
function withoutIdle(document: Document): Document {
  return JSON.parse(JSON.stringify(document), (_, value) => {
    if (typeof value?.nullable !== 'boolean' || value.type !== undefined) return value
    const { nullable: _nullable, ...rest } = value
    return rest
  })
}

/**
 * Compiles the schema at a pointer of a document, by the rules of the document's version. Those of 3.0 are draft 4's, with
 * `nullable`, which Ajv knows, and nothing beside `$ref`.
 */
export function compilerOf(document: Document): (pointer: string) => Check {
  const old = String(document.openapi).startsWith('3.0')
  // The types of the module are those of its CommonJS twin.
  const Draft04 = AjvDraft04 as unknown as typeof Ajv2020
  const ajv = old
    ? new Draft04({ ...options, ignoreKeywordsWithRef: true })
    : new Ajv2020({ ...options })
  ajv.addSchema(old ? withoutIdle(document) : document, 'http://test.invalid/')
  return (pointer) => {
    const validate = ajv.getSchema(`http://test.invalid/${pointer}`)
    if (validate === undefined) throw new Error(`no schema at ${pointer}`)
    return (value) => {
      try {
        return validate(value) === true
      } catch {
        return null
      }
    }
  }
}

const escaped = (key: string) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))

export const pointerTo = (...keys: string[]) => `#/${keys.map(escaped).join('/')}`

const objectIn = (value: unknown) =>
  (typeof value === 'object' && value !== null ? value : {}) as Record<string, Document>

function atRef(document: Document, pointer: string): [string, Record<string, Document>] {
  let value: unknown = document
  for (const key of pointer.slice(2).split('/')) {
    value = objectIn(value)[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  const { $ref } = objectIn(value)
  return typeof $ref === 'string' ? atRef(document, $ref) : [pointer, objectIn(value)]
}

function mediaOf(document: Document, pointer: string): [name: string, pointer: string][] {
  const [at, { content }] = atRef(document, pointer)
  return Object.entries(objectIn(content)).flatMap(([type, media]) =>
    media.schema === undefined
      ? []
      : [[type, `${at}/content/${escaped(type)}/schema`] as [string, string]]
  )
}

/** Pointers to the schemas of an operation's bodies, by what they are: `200 application/json`. */
export function bodiesOf(document: Document, path: string, method: string): Map<string, string> {
  const start = pointerTo('paths', path, method)
  const [, operation] = atRef(document, start)
  const request = operation.requestBody ? mediaOf(document, `${start}/requestBody`) : []
  const responses = Object.keys(objectIn(operation.responses)).flatMap((status) =>
    mediaOf(document, `${start}/responses/${escaped(status)}`).map(
      ([type, pointer]): [string, string] => [`${status} ${type}`, pointer]
    )
  )
  return new Map([
    ...request.map(([type, at]): [string, string] => [`body ${type}`, at]),
    ...responses
  ])
}
