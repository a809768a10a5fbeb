import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { composeFile, container, docker, network, run, tryDocker, whyNot } from './compose.ts'

const inner = [
  { service: 'users', port: 8000 },
  { service: 'orders', port: 8000 },
  { service: 'postgres', port: 5432 }
]

function addressOf(service: string, on = 'private'): string {
  const { Networks } = container(service).NetworkSettings
  const address = Networks[network(on)]?.IPAddress
  assert.ok(address, `${service} has an address`)
  return address
}

/**
 * A script that exits with 0 where the service itself answers: a connection alone says little, for on some networks
 * a middleman accepts every one. PostgreSQL answers a request for TLS with N or S.
 */
const asking = (host: string, port: number) => `
  const question = ${port} === 5432
    ? Buffer.from('0000000804d2162f', 'hex')
    : 'GET /health/live HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'
  let answer = ''
  require('node:net').connect(${port}, '${host}', function () { this.write(question) })
    .setTimeout(2000, () => process.exit(1))
    .on('error', () => process.exit(1))
    .on('end', () => process.exit(1))
    .on('data', (data) => /^[NS]$|"live"/.test(answer += data) && process.exit(0))`

function fromHost(host: string, port: number) {
  return spawnSync(process.execPath, ['-e', asking(host, port)]).status
}

suite('the networks of the compose project', { skip: whyNot() }, () => {
  test('A9 only the gateway is published, on the loopback, and only it is on both networks', () => {
    const { services, networks } = composeFile()

    for (const [name, { ports, networks: joined, network_mode }] of Object.entries(services)) {
      assert.equal(ports !== undefined, name === 'gateway', name)
      const expected = name === 'gateway' ? ['private', 'public'] : ['private']
      if (network_mode !== 'none')
        assert.deepEqual(Object.keys(joined ?? {}).sort(), expected, name)
    }
    assert.equal(services.gateway?.ports?.[0]?.host_ip, '127.0.0.1')
    assert.equal(networks.private?.internal, true)
  })

  for (const { service, port } of inner)
    test(`A10 ${service} cannot be reached from the host`, () => {
      const { NetworkSettings } = container(service)

      assert.deepEqual(Object.values(NetworkSettings.Ports).filter(Boolean), [])
      assert.equal(fromHost(addressOf(service), port), 1)
    })

  for (const { service, port } of inner)
    test(`A10 ${service} cannot be reached from the public network, but from the private one`, () => {
      const { Config } = JSON.parse(docker('inspect', container('gateway').Id))[0]
      const script = asking(addressOf(service), port)
      const from = (name: string) =>
        tryDocker('run', '--rm', '--network', network(name), Config.Image, 'node', '-e', script)

      assert.equal(from('public').status, 1)
      assert.equal(from('private').status, 0)
    })

  test('A10 a name of the private network means nothing on the public one', () => {
    const { Config } = JSON.parse(docker('inspect', container('gateway').Id))[0]
    const script = `require('node:dns').lookup('users', (error) => process.exit(error ? 1 : 0))`

    const { status } = tryDocker(
      'run',
      '--rm',
      '--network',
      network('public'),
      Config.Image,
      'node',
      '-e',
      script
    )

    assert.equal(status, 1)
  })

  test('the private network has no way out, not even to the other side of the gateway', () => {
    const [inside, outside] = ['private', 'public'].map((on) => addressOf('gateway', on))
    const from = (address = '') => run('users', 'node', '-e', asking(address, 8000)).status

    assert.equal(from(inside), 0)
    assert.equal(from(outside), 1)
  })
})

/** Connects to a database with the address a service was given, the name of the database replaced. */
const opening = (own: string, database: string) => `
  const { readFileSync } = require('node:fs')
  const { Client } = require('pg')
  const url = new URL(readFileSync('/run/secrets/${own}/database-url', 'utf8'))
  url.pathname = '/${database}'
  const client = new Client({ connectionString: url.href })
  client.connect().then(() => process.exit(0), ({ message }) => { console.log(message); process.exit(1) })`

suite('the databases of the compose project', { skip: whyNot() }, () => {
  for (const [own, other] of [
    ['users', 'orders'],
    ['orders', 'users']
  ] as const)
    test(`the role of ${own} opens its own database and no other`, () => {
      const open = (database: string) => run(own, 'node', '-e', opening(own, database))

      assert.equal(open(own).status, 0, open(own).output)
      for (const database of [other, 'postgres', 'template1']) {
        const { status, output } = open(database)
        assert.equal(status, 1, database)
        assert.match(output, /no pg_hba.conf entry for host/, database)
      }
    })
})
