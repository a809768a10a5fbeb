import type { Routes } from '@gatehouse/service-kit'
import { receiveEvent } from './contract.ts'
import type { UserEventStore } from './store.ts'

export const userEventRoutes: Routes<{ told: UserEventStore }> = async (app, { told }) => {
  const config = { from: 'users' }
  app.post('/events', { schema: receiveEvent, config }, async (request, reply) => {
    const { id: event_id, type, user_id } = request.body
    const { repeated, cancelled } = await told.take(request.body)
    request.log.info({ event_id, type, user_id, repeated, cancelled }, 'user event handled')
    return reply.code(204).send(null)
  })
}
