import { type TestContext, test } from 'node:test'
import { networkOf } from '../src/network.ts'

test('C7 counts an IPv4 address by itself, and an IPv6 address by its network of 64 bits', (t: TestContext) => {
  const counted = {
    '192.0.2.1': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
    '2001:db8:1:2::1': '2001:db8:1:2',
    '2001:DB8:0001:0002::': '2001:db8:1:2',
    '2001:db8:1:3::1': '2001:db8:1:3',
    '2001:db8::1': '2001:db8:0:0',
    '::1': '0:0:0:0'
  }

  for (const [address, network] of Object.entries(counted))
    t.assert.equal(networkOf(address), network, address)
})
