import { anyText, component, Id, wholeText } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { UserId, UserType } from '../users/contract.ts'

const exampleSession = '0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f'

export const SessionId = Type.String({
  ...Id,
  description: 'Names a login, from its first token to its end.',
  examples: [exampleSession]
})

const refreshToken = Type.String({
  description: 'Good for one refresh.',
  maxLength: 200,
  pattern: anyText,
  examples: ['Qm9YpJ0n3xq2k7v1c5s8d4f6g0h9j2l3zXwVbNmTrEy']
})

export type Credentials = Static<typeof Credentials>
export const Credentials = component(
  'Credentials',
  Type.Object(
    {
      username: Type.String({
        description: 'The name of the account, whatever its case.',
        maxLength: 4096,
        pattern: anyText,
        examples: ['ada']
      }),
      password: Type.String({
        description: 'Its password.',
        maxLength: 4096,
        pattern: wholeText,
        examples: ['correct horse battery staple']
      })
    },
    { description: 'What a user logs in with.', additionalProperties: false }
  )
)

export type RefreshRequest = Static<typeof RefreshRequest>
export const RefreshRequest = component(
  'RefreshRequest',
  Type.Object(
    { refresh_token: refreshToken },
    { description: 'A refresh token that has not been used.', additionalProperties: false }
  )
)

export type Session = Static<typeof Session>
export const Session = component(
  'Session',
  Type.Object(
    {
      user_id: UserId,
      user_type: UserType,
      session_id: SessionId,
      refresh_token: refreshToken
    },
    { description: 'What the gateway makes tokens of.', additionalProperties: false }
  )
)

export type EndedSessions = Static<typeof EndedSessions>
export const EndedSessions = component(
  'EndedSessions',
  Type.Object(
    {
      ended: Type.Array(
        Type.Object({
          session_id: SessionId,
          ended_at: Type.String({ format: 'date-time', maxLength: 24 })
        }),
        { maxItems: 1000 }
      ),
      next: Type.String({ description: 'Where to go on, as `since`.', maxLength: 80 })
    },
    { description: 'Sessions that have ended, in the order in which that became known.' }
  )
)

export const components = [Credentials, RefreshRequest, Session, EndedSessions]
