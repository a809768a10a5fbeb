import { Id, linkHeader, list, NoQuery, pageQuery, problems, ref } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { SessionId } from '../sessions/contract.ts'
import { User } from '../users/contract.ts'
import { MePatch, OwnSession, PasswordChange } from './contract.ts'

const common = { tags: ['account'], querystring: NoQuery }
const params = Type.Object({
  session: Type.String({ ...Id, description: 'The session that asks.' })
})

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
    'Needs the password so far. Ends all your other sessions; this one goes on. A wrong one counts like a login ' +
    'that fails. The passwords of the demo accounts cannot be changed.',
  params,
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
    },
    429: { ...problems(429)[429], description: 'Too many wrong passwords: `too-many-attempts`.' }
  }
}

export const listOwnSessions = {
  ...common,
  operationId: 'listOwnSessions',
  summary: 'List your sessions',
  description: 'Where you are logged in: the sessions that go on, the latest first.',
  params,
  querystring: Type.Object(pageQuery, { additionalProperties: false }),
  response: {
    200: { ...list(OwnSession, 'A page of your sessions.'), headers: linkHeader },
    ...problems(400)
  }
}

export const endOwnSession = {
  ...common,
  operationId: 'endOwnSession',
  summary: 'End one of your sessions',
  description: 'Its tokens stop working. To end it again changes nothing.',
  params: Type.Object({ id: SessionId }),
  response: {
    204: { type: 'null', description: 'The session has ended.' },
    ...problems(400),
    404: { ...problems(404)[404], description: 'Not one of yours: `session-not-found`.' }
  }
}
