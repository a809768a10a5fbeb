import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createVerifier } from '@gatehouse/service-kit'
import { readServiceSecrets } from '../../src/config.ts'
import { internalSecret, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/request.ts'
import { startUpstream } from '../harness/upstream.ts'

const own = 'wF5rT8kX2nB6vJ9cQ3zL7hM1pD4sG0yA'
const old = 'Zx8Cv3Bn6Mq1We4Rt7Yu2Io5Pa9Sd0Fg'
const upstream = await startUpstream({ after })
const table = `
services:
  first-one: { url: "${upstream.url}" }
  second: { url: "${upstream.url}" }
routes:
  GET /first: { to: first-one, allow: public }
  GET /second: { to: second, allow: public }
`

test('A15 signs for each service under its own secret, and for the others under the common one', async (t) => {
  const env = { INTERNAL_SECRET_FIRST_ONE: `${own},${old}` }
  const gateway = await startGateway(t, table, env)
  const signs = async (path: string, secret: string) => {
    await request(t, gateway.port, path)
    const [signature = ''] = upstream.requests(path).at(-1)?.all('request-signature') ?? []
    return createVerifier(secret)({ id: '', type: '' }, signature)
  }

  assert.ok(await signs('/first', own))
  assert.ok(!(await signs('/first', internalSecret)))
  assert.ok(await signs('/second', internalSecret))
  assert.ok(!(await signs('/second', own)))
})

test('B16 takes no weak secret for a service', () => {
  const read = () => readServiceSecrets([{ name: 'users' }], { INTERNAL_SECRET_USERS: 'short' })

  assert.throws(read, /INTERNAL_SECRET_USERS must be at least 32 bytes long/)
})
