import { anyText, component, wholeText } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { SessionId } from '../sessions/contract.ts'
import { NewPassword, optionalEmail, optionalFullName } from '../users/contract.ts'

const time = { format: 'date-time', maxLength: 24, examples: ['2030-01-02T03:04:05.678Z'] }

function orNull(maxLength: number, description: string, example: string) {
  const rules = { maxLength, description, pattern: anyText, examples: [example] }
  return Type.Unsafe<string | null>({ ...rules, type: ['string', 'null'] })
}

export type MePatch = Static<typeof MePatch>
export const MePatch = component(
  'MePatch',
  Type.Object(
    { email: optionalEmail, full_name: optionalFullName },
    {
      description: 'What to change; fields that are absent stay, null clears one.',
      minProperties: 1,
      additionalProperties: false
    }
  )
)

export type PasswordChange = Static<typeof PasswordChange>
export const PasswordChange = component(
  'PasswordChange',
  Type.Object(
    {
      current_password: Type.String({
        description: 'The password so far.',
        maxLength: 4096,
        pattern: wholeText,
        examples: ['correct horse battery staple']
      }),
      new_password: NewPassword
    },
    { description: 'A change of password.', additionalProperties: false }
  )
)

export type OwnSession = Static<typeof OwnSession>
export const OwnSession = component(
  'OwnSession',
  Type.Object(
    {
      id: SessionId,
      created_at: Type.String({ ...time, description: 'When it began, with a login.' }),
      used_at: Type.String({ ...time, description: 'When it was last given tokens.' }),
      address: orNull(45, 'From where it was last given tokens.', '192.0.2.7'),
      agent: orNull(300, 'What was used then, by its own account.', 'Mozilla/5.0 (X11; Linux)'),
      current: Type.Boolean({ description: 'Whether this request belongs to it.' })
    },
    { description: 'A login that goes on.', additionalProperties: false }
  )
)

export const components = [MePatch, PasswordChange, OwnSession]
