import { linkHeader, list, NoQuery, pageQuery, problems, ref } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { NewUser, User, UserId, UserPatch } from './contract.ts'

const common = { tags: ['users'] }
const params = Type.Object({ id: UserId })
const one = { ...common, params, querystring: NoQuery }

function explained<S extends number>(status: S, description: string) {
  return { [status]: { ...problems(status)[status], description } } as ReturnType<
    typeof problems<S>
  >
}

const taken = explained(409, 'Somebody has that name or e-mail: `username-taken`, `email-taken`.')
const changed = {
  200: ref(User, 'The changed user.'),
  ...problems(400, 404, 413, 415),
  ...explained(403, 'Not for you, or a demo account: `not-allowed`, `protected-account`.'),
  ...explained(409, '`email-taken`; or it would leave no admin: `last-admin`.')
}
const changing =
  'Fields that are absent stay. A new password or user type ends the sessions of the user, who has to log in again. A ' +
  'disabled account keeps all it has, but nobody can log in with it; its sessions end. The type and the password of a ' +
  'demo account cannot be changed, nor can it be disabled.'

export const createUser = {
  ...common,
  operationId: 'createUser',
  summary: 'Create a user',
  description: 'For admins.',
  querystring: NoQuery,
  body: ref(NewUser),
  response: {
    201: {
      ...ref(User, 'The new user.'),
      headers: {
        location: {
          type: 'string',
          format: 'uri-reference',
          description: 'Where the user is.',
          maxLength: 200
        }
      }
    },
    ...problems(403, 413, 415),
    ...explained(400, 'The request is not valid, or the password too common: `common-password`.'),
    ...taken
  }
}
export const listUsers = {
  ...common,
  operationId: 'listUsers',
  summary: 'List users',
  description: 'All users, oldest first, or those whose name or e-mail contains `q`. For admins.',
  querystring: Type.Object(
    {
      ...pageQuery,
      q: Type.Optional(
        Type.String({
          description: 'A part of the username or the e-mail, whatever the case.',
          minLength: 1,
          maxLength: 254,
          pattern: '^[^\\u0000]*$',
          examples: ['ada']
        })
      )
    },
    { additionalProperties: false }
  ),
  response: {
    200: { ...list(User, 'A page of users.'), headers: linkHeader },
    ...problems(400, 403)
  }
}

export const getUser = {
  ...one,
  operationId: 'getUser',
  summary: 'Read a user',
  description: 'For admins, and for the user itself.',
  response: { 200: ref(User, 'The user.'), ...problems(400, 403, 404) }
}

export const replaceUser = {
  ...one,
  operationId: 'replaceUser',
  summary: 'Change a user, by PUT',
  description: `The same as PATCH. ${changing} For admins.`,
  body: ref(UserPatch),
  response: changed
}

export const updateUser = {
  ...one,
  operationId: 'updateUser',
  summary: 'Change a user',
  description: `${changing} For admins.`,
  body: ref(UserPatch),
  response: changed
}

export const deleteUser = {
  ...one,
  operationId: 'deleteUser',
  summary: 'Delete a user',
  description: 'Ends the sessions of the user as well. A demo account stays. For admins.',
  response: {
    204: { type: 'null', description: 'The user is gone.' },
    ...problems(400, 404),
    ...explained(403, 'Not for you, or a demo account: `not-allowed`, `protected-account`.'),
    ...explained(409, 'It would leave no admin: `last-admin`.')
  }
}
