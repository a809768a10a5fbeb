import { authorOf, type Routes, requireCaller } from '@gatehouse/service-kit'
import { changePassword, updateMe } from './operations.ts'
import type { AccountService } from './service.ts'

export const accountRoutes: Routes<{ account: AccountService }> = async (app, { account }) => {
  app.addHook('onRequest', requireCaller)

  app.patch('/me', { schema: updateMe }, async (request) =>
    account.update(authorOf(request), request.body)
  )

  const bodyLimit = 4096
  app.put('/me/password', { schema: changePassword, bodyLimit }, async (request, reply) => {
    await account.changePassword(authorOf(request), request.body)
    return reply.code(204).send(null)
  })
}
