import { anyText, component, NoQuery, problems, ref } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { NewPassword, optionalEmail, optionalFullName, User } from '../users/contract.ts'

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
        pattern: anyText,
        examples: ['correct horse battery staple']
      }),
      new_password: NewPassword
    },
    { description: 'A change of password.', additionalProperties: false }
  )
)

export const components = [MePatch, PasswordChange]

const common = { tags: ['account'], querystring: NoQuery }

export const updateMe = {
  ...common,
  operationId: 'updateMe',
  summary: 'Change your account',
  description:
    'Fields that are absent stay. The user type and the username are not yours to change.',
  body: ref(MePatch),
  response: {
    200: ref(User, 'Your account.'),
    ...problems(400, 404, 413, 415),
    409: { ...problems(409)[409], description: 'Somebody has that e-mail: `email-taken`.' }
  }
}

export const changePassword = {
  ...common,
  operationId: 'changePassword',
  summary: 'Change your password',
  description:
    'Needs the password so far. Ends all your sessions, this one among them: log in again with the new one. ' +
    'The passwords of the demo accounts cannot be changed.',
  body: ref(PasswordChange),
  response: {
    204: { type: 'null', description: 'The new password holds from now on.' },
    ...problems(404, 413, 415, 503),
    400: {
      ...problems(400)[400],
      description: 'Not valid, too common or not new: `common-password`, `password-unchanged`.'
    },
    403: {
      ...problems(403)[403],
      description:
        'Not the password so far, or a demo account: `wrong-password`, `protected-account`.'
    }
  }
}
