import type { TestContext } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import type { Json } from '@gatehouse/openapi/json'
import { createApp } from '@gatehouse/service-kit'
import { Agent } from 'undici'
import { createDocs, type Docs } from '../../../src/documentation/documentation.ts'
import { tableOf } from './fixture.ts'
import { answerText, startService, textOf } from './service.ts'

/** The combined document as it is now. */
export const servedBy = (docs: Pick<Docs, 'current'>) =>
  JSON.parse(zstdDecompressSync(docs.current().json.packed).toString()) as Json

/** A gateway with nothing but the documentation, in front of a service that has `GET /a`. */
export async function startDocs(t: TestContext, options: object = {}) {
  const service = await startService(t, answerText(textOf('readA')))
  const table = tableOf({
    'GET /api/a': {},
    'POST /api/login': { allow: ['public'], issue: 'token' }
  })
  const [one, two] = table.services
  Object.assign(one ?? {}, { origin: service.origin })
  Object.assign(two ?? {}, { openapi: null })
  const dispatcher = new Agent()
  const app = createApp({ title: 'Gateway', logLevel: 'silent', openapi: false })
  const warned: object[] = []
  const log = { info: () => {}, error: () => {}, warn: (fields: object) => warned.push(fields) }
  const deps = {
    table,
    log: log as never,
    pollMs: 60_000,
    demo: true,
    dispatcherFor: () => dispatcher
  }
  const docs = createDocs({ ...deps, ...options })
  app.register(docs.plugin)
  t.after(async () => {
    await app.close()
    await dispatcher.destroy()
  })
  return { app, docs, service, warned }
}
