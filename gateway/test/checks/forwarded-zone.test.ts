import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { createForwarded } from '../../src/checks/client-address.ts'

/** What is told of a request from `peer` with this `x-forwarded-for`. */
function told(trusted: string, peer: string, chain?: string) {
  const socket = { remoteAddress: peer }
  const headers = { host: 'gateway', 'x-forwarded-for': chain }
  const request = { socket, headers } as unknown as IncomingMessage
  const { client, lines } = createForwarded(trusted)(request)
  return { client, node: /\r\nforwarded: for=([^;]*)/.exec(lines)?.[1] }
}

// RFC 7239 6: a zone is known to one machine alone, and no part of a node (RFC 4007 11).
test('F17 tells a client by its address without a zone', () => {
  const behind = told('10.0.0.1', '10.0.0.1', 'fe80::1%eth0')
  const direct = told('', 'fe80::2%eth0')
  const mapped = told('10.0.0.1', '10.0.0.1', '::ffff:192.0.2.1%eth0')

  assert.deepEqual(behind, { client: 'fe80::1', node: '"[fe80::1]"' })
  assert.deepEqual(direct, { client: 'fe80::2', node: '"[fe80::2]"' })
  assert.deepEqual(mapped, { client: '192.0.2.1', node: '192.0.2.1' })
})

test('F39 trusts a proxy of a link whether it is named with a zone or without', () => {
  for (const trusted of ['fe80::1%eth0', 'fe80::1', 'fe80::/10']) {
    const { client } = told(trusted, 'fe80::1%eth0', '203.0.113.9')

    assert.equal(client, '203.0.113.9')
  }
})

test('F18 takes what only looks like a zone for no address', () => {
  for (const chain of ['fe80::1%', '192.0.2.1%eth0', 'fe80::1%a"b', '%eth0'])
    assert.equal(told('10.0.0.1', '10.0.0.1', chain).client, '10.0.0.1', chain)
})
