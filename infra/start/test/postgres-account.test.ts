import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { canEnter, makePostgresFolder } from '../postgres-account.js'

const nobody = { uid: 65_534, gid: 65_534 }

test('a folder can be entered if every folder above it can', (t: TestContext) => {
  const outer = mkdtempSync(join(tmpdir(), 'gatehouse-reach-'))
  t.after(() => rmSync(outer, { recursive: true }))
  const inner = join(outer, 'inner')
  mkdirSync(inner, { mode: 0o755 })

  t.assert.equal(canEnter(inner, nobody), false)
  chmodSync(outer, 0o711)
  t.assert.equal(canEnter(inner, nobody), true)
  chmodSync(inner, 0o700)
  t.assert.equal(canEnter(inner, nobody), false)
})

test('a folder within reach can be entered whatever the umask', (t: TestContext) => {
  const outer = mkdtempSync(join(tmpdir(), 'gatehouse-reach-'))
  chmodSync(outer, 0o755)
  t.after(() => rmSync(outer, { recursive: true }))
  for (const umask of [0o077, 0o027]) {
    const before = process.umask(umask)
    try {
      const folder = makePostgresFolder('data-', join(outer, `shared-${umask}`))
      t.assert.equal(canEnter(folder, nobody), true)
    } finally {
      process.umask(before)
    }
  }
})
