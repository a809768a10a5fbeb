import { test } from 'node:test'
import { startGateway } from '../harness/gateway.ts'
import { answerText, startService, textOf } from './service.ts'

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

  const finding = { service: 'one', pointer: '/paths', fault: 'is no object' }
  t.assert.deepEqual(faulty.documentation, [finding])
  t.assert.equal(mended.status, 'ready')
  t.assert.equal(await described(), true)
  t.assert.equal(gateway.log.filter(({ pointer }) => pointer === '/paths').length, 1)
})
