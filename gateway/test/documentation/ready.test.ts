import { test } from 'node:test'
import { answerText, startService, textOf } from '../harness/documents/service.ts'
import { startGateway } from '../harness/gateway.ts'

const tableFor = (origin: string) => `
services:
  one: { url: "${origin}", strip: /api, openapi: /openapi.json, health: /health/ready }
routes:
  GET /api/a: { to: one, allow: public }
`

interface Ready {
  status: string
  documentation: { service: string; pointer: string; fault: string }[]
}

test('tells at /health/ready what is wrong with a document, until it is mended', async (t) => {
  const service = await startService(t, answerText('{"openapi":"3.1.0","paths":[]}'))
  const gateway = await startGateway(t, tableFor(service.origin))
  const ask = async (path: string) => fetch(`http://127.0.0.1:${gateway.port}${path}`)
  const readyWith = async (count: number): Promise<Ready> => {
    const told = (await (await ask('/health/ready')).json()) as Ready
    return told.documentation.length === count ? told : readyWith(count)
  }

  const faulty = await readyWith(1)
  service.answer = answerText(textOf('readA'))
  const mended = await readyWith(0)
  const described = async (): Promise<boolean> =>
    (await (await ask('/openapi.json')).text()).includes('readA') || described()

  const finding = {
    service: 'one',
    pointer: '/paths',
    message: 'The value is not an object. Write an object.'
  }
  t.assert.deepEqual(faulty.documentation, [finding])
  t.assert.equal(mended.status, 'ready')
  t.assert.equal(await described(), true)
  t.assert.equal(gateway.log.filter(({ pointer }) => pointer === '/paths').length, 1)
})

test('asks a service again when it is back, and soon once more for what is new', {
  timeout: 20_000
}, async (t) => {
  const service = await startService(t, answerText(textOf('old')))
  const gateway = await startGateway(t, tableFor(service.origin))
  const ask = async (path: string) => fetch(`http://127.0.0.1:${gateway.port}${path}`)
  const describes = async (id: string): Promise<boolean> =>
    (await (await ask('/openapi.json')).text()).includes(`"operationId":"${id}"`) || describes(id)
  const readiness = async (status: number): Promise<boolean> =>
    (await ask('/health/ready')).status === status || readiness(status)
  await describes('old')

  service.answer = answerText('', {}, 503)
  await readiness(503)
  service.answer = answerText(textOf('new'))
  await readiness(200)

  // By itself it would ask in 30 s, and take what is new in 32.
  t.assert.equal(await describes('new'), true)
})
