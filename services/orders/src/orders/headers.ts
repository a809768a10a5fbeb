import { anyText } from '@gatehouse/service-kit'
import { Type } from 'typebox'

const condition = { minLength: 1, maxLength: 1000, pattern: anyText, examples: ['"v1"'] }

/** What requests may carry. */
export const placing = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({
      ...condition,
      description: '`*`: refuse, and do not repeat the answer, where the key has placed an order.',
      examples: ['*']
    })
  ),
  'idempotency-key': Type.Optional(
    Type.String({
      description: 'Any 1 to 255 visible ASCII characters, such as a UUID, new for each order.',
      minLength: 1,
      maxLength: 255,
      pattern: '^[\\x21-\\x7e]+$',
      examples: ['4a1f0f52-6a3b-4c8e-9d55-0d9a4b7a1c11']
    })
  )
})

export const ifNoneMatch = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ ...condition, description: 'The etag that is known already (RFC 9110 13.1.2).' })
  )
})

export const conditions = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      ...condition,
      description: 'Change it only if it still has this etag (RFC 9110 13.1.1).'
    })
  ),
  'if-none-match': Type.Optional(
    Type.String({ ...condition, description: 'Change it only if it has another etag than this.' })
  )
})

/** What answers carry. */
export const etag = {
  etag: {
    type: 'string',
    description: 'The version of the order (RFC 9110 8.8.3), for `if-match` and `if-none-match`.',
    maxLength: 16,
    pattern: '^"v[0-9]+"$'
  }
}

export const placed = {
  location: {
    type: 'string',
    format: 'uri-reference',
    description: 'Where the order is.',
    maxLength: 200
  },
  ...etag,
  'idempotency-replayed': {
    type: 'string',
    description: '`true` where an earlier request with this key placed the order.',
    enum: ['true']
  }
}
