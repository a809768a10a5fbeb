import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse } from 'yaml'

// What docker-compose.yml and the Dockerfile say; e2e/containers.test.ts asks the running containers.
const root = join(import.meta.dirname, '../../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Service {
  image: string
  user: string
  read_only: boolean
  tmpfs: string[]
  cap_drop: string[]
  cap_add?: string[]
  security_opt: string[]
  privileged?: boolean
  init: boolean
  pids_limit: number
  mem_limit: string
  cpus: number
  network_mode?: string
  networks?: string[]
  ports?: string[]
  healthcheck?: Record<'interval' | 'timeout' | 'start_period', string> & { test: string[] }
  depends_on?: Record<string, { condition: string }>
  stop_grace_period?: string
  volumes?: string[]
  environment?: Record<string, string | null>
  build: { dockerfile: string; target: string }
}

const compose = parse(read('docker-compose.yml'), { merge: true })
const services = Object.entries(compose.services as Record<string, Service>)
const dockerfile = read('infra/Dockerfile')
const processes = ['gateway', 'users', 'orders']

for (const [name, service] of services) {
  test(`K4 docker-compose.yml gives ${name} no rights that it does not need, and limits`, (t: TestContext) => {
    const { tmpfs, volumes = [], ...rest } = service

    t.assert.match(rest.user, name === 'secrets' ? /^0:0$/ : /^[1-9]\d*:[1-9]\d*$/)
    t.assert.equal(rest.read_only, true)
    t.assert.ok(tmpfs.includes('/tmp'))
    t.assert.deepEqual(rest.cap_drop, ['ALL'])
    t.assert.deepEqual(rest.cap_add, name === 'secrets' ? ['CHOWN', 'DAC_OVERRIDE'] : undefined)
    t.assert.deepEqual(rest.security_opt, ['no-new-privileges:true'])
    t.assert.equal(rest.privileged, undefined)
    t.assert.equal(rest.init, true)
    t.assert.ok(rest.pids_limit > 0 && rest.cpus > 0 && /^\d+m$/.test(rest.mem_limit))
    t.assert.doesNotMatch(JSON.stringify(volumes), /docker\.sock|:\/[^r]*:rw/)
    t.assert.equal(rest.network_mode, name === 'secrets' ? 'none' : undefined)
    t.assert.match(rest.image, /:(?!latest)[\w.-]+$/)
    t.assert.deepEqual(Boolean(rest.healthcheck), name !== 'secrets')
  })

  test(`K18 docker-compose.yml names the secrets of ${name} by file`, (t: TestContext) => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (!/SECRET|PASSWORD|DATABASE_URL|TOKEN$/.test(variable)) continue
      t.assert.ok(value === null || variable.endsWith('_FILE'), variable)
    }
  })
}

test('health checks in docker-compose.yml are rare, patient, and start no Node', (t: TestContext) => {
  for (const [name, { healthcheck, depends_on = {} }] of services) {
    // A machine that is too slow for a check in time would end the whole start.
    const conditions = Object.values(depends_on).map(({ condition }) => condition)
    t.assert.equal(conditions.includes('service_healthy'), false, name)
    if (!healthcheck) continue
    const { test: command, interval, timeout, start_period } = healthcheck
    t.assert.doesNotMatch(command.join(' '), /\bnode\b/, name)
    t.assert.deepEqual([interval, timeout, start_period], ['10s', '10s', '60s'], name)
  }
})

test('each image is built for one service alone, so that none is left without a name', (t: TestContext) => {
  const images = services.map(([, { image }]) => image)

  t.assert.deepEqual(images, [...new Set(images)])
})

test('A9 docker-compose.yml publishes the gateway alone, on the loopback, and it alone is on both networks', (t: TestContext) => {
  const published = services.filter(([, { ports }]) => ports !== undefined)
  const onBoth = services.filter(([, { networks = [] }]) => networks.length > 1)

  t.assert.deepEqual(
    published.map(([name, { ports }]) => [name, ports?.length]),
    [['gateway', 1]]
  )
  t.assert.match(published[0]?.[1].ports?.[0] ?? '', /^127\.0\.0\.1:/)
  t.assert.deepEqual(
    onBoth.map(([name]) => name),
    ['gateway']
  )
  t.assert.equal(compose.networks.private.internal, true)
})

test('K4 a process has longer to stop in docker-compose.yml than it takes to drain', (t: TestContext) => {
  const hardStop = /longestStopMs = (\d+)_000/.exec(read('infra/service-kit/src/run.ts'))?.[1]

  for (const [, service] of services.filter(([name]) => processes.includes(name)))
    t.assert.ok(Number.parseInt(service.stop_grace_period ?? '', 10) > Number(hardStop))
})

test('K5 images are built in stages, from pinned bases, of production dependencies, without npm', (t: TestContext) => {
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base)
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, stage = '']) => stage)
  const outer = bases.filter((base) => !stages.includes(base))

  t.assert.ok(stages.length > 4)
  t.assert.deepEqual([...new Set(outer)], ['node:24-trixie-slim', 'postgres:18-trixie'])
  t.assert.match(dockerfile, /npm ci --ignore-scripts .*--omit=dev/)
  t.assert.match(dockerfile, /^RUN rm -rf \/usr\/local\/lib\/node_modules \/usr\/local\/bin\/npm/m)
  t.assert.match(read('.dockerignore'), /^\*$/m)
  t.assert.match(read('.dockerignore'), /^\*\*\/test$/m)
})

test('K18 the Dockerfile takes no secret: no ENV, no ADD, and ARG for the name of a service alone', (t: TestContext) => {
  const args = [...dockerfile.matchAll(/^ARG (\w+)/gm)].map(([, name]) => name)

  t.assert.deepEqual([...new Set(args)], ['SERVICE'])
  t.assert.doesNotMatch(dockerfile, /^(ENV|ADD) /m)
})

test('K6 images start node itself, in exec form, as a user without rights', (t: TestContext) => {
  const commands = dockerfile.match(/^(CMD|ENTRYPOINT) .*$/gm)
  const users = dockerfile.match(/^USER .*$/gm)

  t.assert.deepEqual(commands, ['CMD ["node", "src/main.ts"]'])
  t.assert.deepEqual(users, ['USER node'])
})
