import { type TSchema, Type } from 'typebox'
import { badRequest } from './problem.ts'
import { anyText, isId } from './schema.ts'

/** The client may leave it out; the handler always has it, for validation fills the default in. */
function withDefault<T extends TSchema>(schema: T): T {
  return Type.Optional(schema) as unknown as T
}

/** The query of every paged list: `limit` (1 to 100, default 20) and the opaque `cursor` of a `next` link. */
export const pageQuery = {
  limit: withDefault(
    Type.Integer({
      format: 'int32',
      minimum: 1,
      maximum: 100,
      default: 20,
      description: 'Items a page.'
    })
  ),
  cursor: Type.Optional(
    Type.String({
      description: 'Where to go on: taken from the `next` link.',
      maxLength: 200,
      pattern: anyText
    })
  )
}

/** Describes the `link` header of a paged list, for OpenAPI. */
export const linkHeader = {
  link: Type.Optional(
    Type.String({
      description: 'RFC 8288: `<…>; rel="next"` where there is another page.',
      maxLength: 2000,
      pattern: '^<[^>]*>; rel="next"$'
    })
  )
}

/** The id after which a page starts; throws 400 where the cursor is not one of ours. */
export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const id = Buffer.from(cursor, 'base64url').toString()
  if (isId(id)) return id
  const detail = 'The cursor is not one that this list gave.'
  throw badRequest('invalid-request', detail, [{ pointer: '#/query/cursor', detail }])
}

/**
 * Cuts one page from `found`, which holds one item more than `limit` where there is another page. UUIDv7
 * ids sort by age, so the last id of a page is all that the next page needs to know.
 */
export function cutPage<T extends { id: string }>(found: T[], url: string, limit: number) {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (found.length <= limit || last === undefined) return { items, link: null }
  const [path = ''] = url.split('?', 1)
  const next = new URLSearchParams(url.slice(path.length))
  next.set('cursor', Buffer.from(last.id).toString('base64url'))
  return { items, link: `<${path}?${next}>; rel="next"` }
}
