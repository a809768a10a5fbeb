import { component, Id, textPattern, wholeText } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'

const exampleId = '0190c3a4-7c1e-7d2a-8f00-3b5d6c7e8f90'
const time = { format: 'date-time', maxLength: 24, examples: ['2030-01-02T03:04:05.678Z'] }
const emailRules = { format: 'email', maxLength: 254, examples: ['ada@example.org'] }
const nameRules = { minLength: 1, maxLength: 200, pattern: textPattern, examples: ['Ada Lovelace'] }

function orNull(rules: object, description: string) {
  return Type.Unsafe<string | null>({ ...rules, type: ['string', 'null'], description })
}

export const UserId = Type.String({ ...Id, description: "The user's id.", examples: [exampleId] })

export const Username = Type.String({
  description: 'What the user logs in with; unique whatever the case.',
  minLength: 3,
  maxLength: 64,
  pattern: '^[A-Za-z0-9._-]+$',
  examples: ['ada']
})

/** A password that is to be set; one that is to be checked may be anything. */
export const NewPassword = Type.String({
  description:
    '8 to 128 characters of any kind; not one of the most common passwords, a simple pattern, or the username.',
  minLength: 8,
  maxLength: 128,
  pattern: wholeText,
  examples: ['correct horse battery staple']
})

export type UserType = Static<typeof UserType>
export const UserType = Type.Enum(['admin', 'default'], {
  type: 'string',
  description: 'What the user may do: an `admin` manages users and orders.',
  examples: ['default']
})

export const optionalEmail = Type.Optional(orNull(emailRules, 'Unique whatever the case.'))
export const optionalFullName = Type.Optional(orNull(nameRules, 'What the user is called.'))

export type User = Static<typeof User>
export const User = component(
  'User',
  Type.Object(
    {
      id: UserId,
      username: Username,
      email: orNull(emailRules, 'null where there is none.'),
      full_name: orNull(nameRules, 'null where there is none.'),
      user_type: UserType,
      created_by: orNull({ ...Id, examples: [exampleId] }, 'The admin; null for a demo account.'),
      created_at: Type.String({ ...time, description: 'In UTC.' }),
      updated_at: Type.String({ ...time, description: 'In UTC.' }),
      disabled_at: Type.Optional(
        Type.String({
          ...time,
          description: 'Since when nobody can log in; absent where they can.'
        })
      )
    },
    { description: 'An account.', additionalProperties: false }
  )
)

export type NewUser = Static<typeof NewUser>
export const NewUser = component(
  'NewUser',
  Type.Object(
    {
      username: Username,
      password: NewPassword,
      email: optionalEmail,
      full_name: optionalFullName,
      user_type: Type.Optional(UserType)
    },
    {
      description: 'A user to create; `user_type` is `default` where it is absent.',
      additionalProperties: false
    }
  )
)

export type UserPatch = Static<typeof UserPatch>
export const UserPatch = component(
  'UserPatch',
  Type.Object(
    {
      email: optionalEmail,
      full_name: optionalFullName,
      user_type: Type.Optional(UserType),
      password: Type.Optional(NewPassword),
      disabled: Type.Optional(
        Type.Boolean({ description: 'true: nobody can log in any more; false: they can again.' })
      )
    },
    {
      description: 'What to change; fields that are absent stay, null clears one.',
      minProperties: 1,
      additionalProperties: false
    }
  )
)

export const components = [User, NewUser, UserPatch]
