import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCommand, runCommandProcess } from '../harness/command.ts'

for (const [what, args, told] of [
  ['no command', [], /^A command is missing\./],
  ['an unknown command', ['chekc'], /^Unknown command chekc\./],
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

test('the process of npm run gateway ends with 1 where a command does not run, without a stack', async () => {
  const { code, out, err } = await runCommandProcess(['chekc'])

  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /^Unknown command chekc\./)
  assert.doesNotMatch(err, /\.ts:\d+/)
})

test('the process of npm run gateway prints what a command gives', async () => {
  const { code, out, err } = await runCommandProcess(['matrix'])

  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^\| route +\| anonymous/)
})
