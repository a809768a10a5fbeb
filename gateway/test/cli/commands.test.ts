import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand } from '../harness/command.ts'

for (const [what, args, told] of [
  ['no command', [], /^A command is missing\./],
  ['an unknown command', ['chekc'], /^There is no command chekc\./],
  ['two tables for the matrix', ['matrix', 'a.yml', 'b.yml'], /^One table at a time/],
  ['an unknown option of snapshot', ['snapshot', '--runing'], /^Unknown option '--runing'/]
] as const)
  test(`npm run gateway refuses ${what}, and shows how it is called, with an example`, async () => {
    const { code, out, err } = await runCommand([...args])

    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, told)
    assert.match(err, /Example:\s+npm run (gateway|generate) -- /)
    assert.doesNotMatch(err, /\.ts:\d+/)
  })

test('npm run gateway tells its commands, and each command its arguments', async () => {
  for (const args of [
    ['--help'],
    ['check', '--help'],
    ['matrix', '--help'],
    ['explain', '--help']
  ]) {
    const { code, out } = await runCommand(args)

    assert.equal(code, 0, args.join(' '))
    assert.match(out, /^npm run gateway -- /)
  }
})
