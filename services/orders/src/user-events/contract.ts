import { Id, NoQuery } from '@gatehouse/service-kit'
import { type Static, Type } from 'typebox'
import { exampleId, time } from '../orders/contract.ts'

export type UserEventMessage = Static<typeof UserEventMessage>
/** What is added to it later does not matter here, and is let pass: the users service may be of a newer version. */
const UserEventMessage = Type.Object(
  {
    id: Type.String({ ...Id, description: 'The same for each repetition.', examples: [exampleId] }),
    type: Type.String({ maxLength: 40, pattern: '^[a-z][a-z.-]*$', examples: ['user.deleted'] }),
    user_id: Type.String({ ...Id, description: 'Whom it is about.', examples: [exampleId] }),
    changed_by: Type.String({ ...Id, description: 'The user who did it.', examples: [exampleId] }),
    request_id: Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9._-]+$' }),
    occurred_at: Type.String(time)
  },
  { description: 'What has become of a user.' }
)

/** For the users service itself; no line of the table leads here, so it is in no document either. */
export const receiveEvent = {
  hide: true,
  querystring: NoQuery,
  body: UserEventMessage,
  response: { 204: { type: 'null', description: 'It has had its effect.' } }
}
