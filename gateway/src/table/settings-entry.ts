import { Type } from 'typebox'
import { strict, Timeout, Try } from './route-entry.ts'
import { DurationField, RateField, SizeField } from './units.ts'

/** How many of something there may be; `what` says of what. */
const count = (what: string) =>
  Type.Integer({ minimum: 1, description: `a whole number of at least 1: ${what}` })

export const CorsEntry = Type.Object(
  {
    origins: Type.Array(
      Type.String({
        pattern: '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$',
        description: 'an exact origin such as https://app.example'
      }),
      { minItems: 1, description: 'the origins whose scripts may use the API' }
    ),
    credentials: Type.Optional(Type.Boolean({ description: 'true or false' })),
    max_age: Type.Optional(DurationField)
  },
  { ...strict, description: 'cross-origin access: { origins, credentials?, max_age? }' }
)

export const DefaultsEntry = Type.Object(
  {
    timeout: Type.Optional(Timeout),
    try: Type.Optional(Try),
    body: Type.Optional(SizeField),
    rate: Type.Optional(RateField),
    connections: Type.Optional(
      count('how many clients may be connected at once (10000), those with streams among them')
    ),
    streams: Type.Optional(
      Type.Object(
        {
          per_user: Type.Optional(count('how many streams one user may have open at once (256)')),
          in_all: Type.Optional(count('how many streams may be open at once (8000)'))
        },
        {
          ...strict,
          description: 'how many streams may be open at once: { per_user (256), in_all (8000) }'
        }
      )
    )
  },
  { ...strict, description: 'the policy of every route that does not say otherwise' }
)
