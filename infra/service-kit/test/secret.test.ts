import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { loadConfig, Secret, StartError, secretFault } from '@gatehouse/service-kit'
import { Type } from 'typebox'
import { databaseUrlFault } from '../src/secret.ts'

const good = 'b7Qm2xVt9KpL4sWc8RdZ1nHf6YgJ3aEu'
const other = '5e884898da28047151d0e56f8dc62927'

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(Type.Object({ INTERNAL_SECRET: Secret }), env)
    return []
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return error.message.split('\n  ').slice(1)
  }
}

const weak = [
  'short',
  'b7Qm2xVt9KpL4sWc8RdZ1nHf6YgJ3aE',
  'secret'.repeat(8),
  'change-me-change-me-change-me-change-me',
  'please-changeme-before-you-deploy-it',
  'this-is-an-example-of-32-or-more-bytes',
  'a'.repeat(64),
  '0123456789abcdef0123456789abcdef',
  'abababababababababababababababababab',
  'a-string-secret-at-least-256-bits-long',
  'this-is-my-very-long-jwt-secret-for-dev',
  'supersecretsupersecretkey1234567',
  'aaaaaaaaaaaaaaaaaaaaaaaaaabcdefgh',
  'abcdefghijklmnopqrstuvwxyz012345',
  '9876543210zyxwvutsrqponmlkjihgfe',
  'qwertyuiopasdfghjklzxcvbnm123456',
  '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
]

for (const value of weak) {
  test(`B16 refuses the secret ${value}, alone and in each place of a list`, (t) => {
    for (const list of [value, `${value},${good}`, `${good},${value}`]) {
      t.assert.match(String(secretFault(list)), /^must be/)
      const faults = faultsOf({ INTERNAL_SECRET: list })
      t.assert.equal(faults.length, 1)
      t.assert.equal(faults[0]?.includes(value), false)
    }
  })
}

test('B16 takes random secrets, and a list of them', (t) => {
  for (const list of [good, other, `${good},${other}`]) t.assert.equal(secretFault(list), null)
})

test('B16 refuses a list with an empty place', (t) => {
  for (const list of [`${good},`, `,${good}`]) t.assert.match(String(secretFault(list)), /^must be/)
})

test('B16 refuses a list with a secret twice, and does not tell it', (t) => {
  for (const list of [`${good},${good}`, `${good},${other},${good}`])
    for (const faults of [[secretFault(list)], faultsOf({ INTERNAL_SECRET: list })]) {
      t.assert.equal(faults.length, 1)
      t.assert.match(String(faults), /must be .* twice/)
      t.assert.doesNotMatch(String(faults), new RegExp(good))
    }
})

test('B16 takes whatever random bytes come, in any spelling', (t) => {
  for (const spelling of ['hex', 'base64', 'base64url'] as const)
    for (let tried = 0; tried < 2000; tried += 1)
      t.assert.equal(secretFault(randomBytes(32).toString(spelling).replaceAll(',', '')), null)
})

const refusedUrls: [string, RegExp][] = [
  ['users', /such as postgresql:/],
  ['mysql://users:6f1b0c9de2a84735@db/users', /such as postgresql:/],
  ['postgresql://users@db:5432/users', /must have a password/],
  ['postgresql://users:@db:5432/users', /must have a password/],
  ['postgresql://users:users@db/users', /random password/],
  ['postgresql://a-longer-name:a-longer-name@db/users', /random password/],
  ['postgresql://postgres:postgres-postgres@db/users', /random password/],
  ['postgresql://users:short@db.example.org/users', /random password/]
]

for (const [url, fault] of refusedUrls)
  test(`K1 refuses the database ${url}, and does not repeat its password`, (t) => {
    const said = databaseUrlFault(url) ?? ''

    t.assert.match(said, fault)
    t.assert.doesNotMatch(said, /short|users:users|a-longer-name/)
  })

for (const url of [
  'postgresql://users:6f1b0c9de2a84735@postgres:5432/users',
  'postgres://users:6f1b0c9de2a84735@10.0.0.7/users?sslmode=require',
  'postgresql://users:users@127.0.0.1:5432/users',
  'postgresql://users@localhost/users',
  'postgresql://users@[::1]/users',
  'postgresql:///users?host=/var/run/postgresql',
  'postgresql://users@db/users?sslcert=/run/client.pem'
])
  test(`K1 takes the database ${url}`, (t) => {
    t.assert.equal(databaseUrlFault(url), null)
  })
