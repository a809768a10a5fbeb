import { NoQuery, problems, ref } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { Credentials, EndedSessions, RefreshRequest, Session, SessionId } from './contract.ts'

const common = { tags: ['sessions'] }

function refused(description: string) {
  return { 401: { ...problems(401)[401], description } }
}

export const createSession = {
  ...common,
  operationId: 'createSession',
  summary: 'Log in',
  description:
    'An unknown user, a wrong password and a disabled account get the same answer, in the same time. After five ' +
    'wrong passwords for an account from one address within a quarter of an hour the answer is 429; the right one ' +
    'works from anywhere else. Where too many passwords are being checked already, the answer is 503 at once.',
  querystring: NoQuery,
  body: ref(Credentials),
  response: {
    201: ref(Session, 'The new session.'),
    ...problems(400, 413, 415, 503),
    ...refused('No such user, or not its password: `wrong-credentials`.'),
    429: {
      ...problems(429)[429],
      description: 'Too many wrong passwords, of this account or of others: `too-many-attempts`.'
    }
  }
}

export const refreshSession = {
  ...common,
  operationId: 'refreshSession',
  summary: 'Get new tokens for a refresh token',
  description:
    'Each refresh token is good for one refresh; the answer has the next. One that comes a second time has ' +
    'been stolen from somebody, so the session ends (RFC 9700 4.14.2).',
  querystring: NoQuery,
  body: ref(RefreshRequest),
  response: {
    200: ref(Session, 'The session, with its next refresh token.'),
    ...problems(400, 413, 415),
    ...refused('Unknown, used or expired, or its session has ended: `invalid-refresh-token`.')
  }
}

export const endSession = {
  ...common,
  operationId: 'endSession',
  summary: 'Log out',
  description: 'The tokens of the session stop working. To end it again changes nothing.',
  params: Type.Object({ id: SessionId }),
  querystring: NoQuery,
  response: {
    204: { type: 'null', description: 'The session has ended.' },
    ...problems(400, 401, 404)
  }
}
export const listEndedSessions = {
  ...common,
  operationId: 'listEndedSessions',
  summary: 'Which sessions have ended',
  description:
    'For the gateway itself, which refuses their tokens from then on. A session may be told more than once.',
  querystring: Type.Object(
    {
      since: Type.Optional(
        Type.String({
          description:
            'The `next` of the answer before, or a time; all that is known where absent.',
          maxLength: 80,
          examples: ['2030-01-02T03:04:05.678Z']
        })
      )
    },
    { additionalProperties: false }
  ),
  response: {
    200: ref(EndedSessions, 'At most 1000; the rest follows from `next` on.'),
    ...problems(400, 403)
  }
}
