import { type TestContext, test } from 'node:test'
import { isCommon } from '../src/passwords/policy.ts'
import { password, startUsers, uniqueName } from './start-users.ts'

const familiar = `
  12345678 123456789 1234567890 12345678910 87654321 987654321 0987654321 88888888 11111111 00000000
  11223344 112233445566 12341234 123123123 12121212 147258369 abcd1234 1234abcd abcdefgh hgfedcba
  aaaaaaaa abababab abcabcabc aabbccdd a1b2c3d4 1q2w3e4r q1w2e3r4 1qaz2wsx 1qaz2wsx3edc qazwsxedc
  qwertyui qwertyuiop poiuytrewq qwertzuiop azertyuiop asdfghjkl zxcvbnm,. qwer1234 asdf1234 qwerty12
  qwerty123 Qwerty123! password Password1 Password1! Password123 Password123! password! passw0rd P@ssw0rd
  P@ssw0rd1 pa$$word p4ssword passwordpassword iloveyou ILoveYou1! ilovey0u sunshine Sunshine1! princess
  princess1 football Football1! baseball superman Superman1 batman123 trustno1 letmein1 LetMeIn123!
  Welcome123! Welcome1! admin123 Admin123! administrator changeme Changeme1! monkey123 dragon123
  Dragon2024! master123 shadow123 !@#$%^&* 1!1!1!1! starwars`
  .trim()
  .split(/\s+/)
const spaced = ['        ', 'password        ', 'p a s s w o r d', '\u00a0'.repeat(8)]

const good = [
  password,
  'a different good password',
  'tower-of-rainy-lamps',
  'Vq8zR2mKp4',
  'mein Hund heißt Rex',
  'пароль из трёх слов',
  '😀😁🥶🐙🎈🪐🌋🧭',
  'summer rain in 1987 was',
  'k7d2-x9wq-p3lm'
]

test('C11 refuses 85 familiar passwords', (t: TestContext) => {
  t.assert.equal(familiar.length, 85)
  t.assert.deepEqual(
    [...familiar, ...spaced].filter((one) => !isCommon(one)),
    []
  )
})

test('C11 takes what is not easily guessed', (t: TestContext) => {
  t.assert.deepEqual(
    good.filter((one) => isCommon(one, ['ada', 'ada@example.org'])),
    []
  )
})

test('C11 refuses the own name as a password, however an account comes by it', async (t: TestContext) => {
  const users = await startUsers(t)
  const username = `Gwendolyn.${uniqueName()}`
  const email = `someone-${uniqueName()}@example.org`
  const names = [username, username.toUpperCase(), `${username}!1`, email, email.split('@')[0]]
  names.push([...username].reverse().join(''))

  for (const name of names) {
    const created = await users.admin.post('/users', { username, email, password: name })
    t.assert.equal(created.json().type, '/problems/common-password', name)
  }
  const user = await users.register({ username, email })
  for (const name of names) {
    const changed = await users.admin.patch(`/users/${user.id}`, { password: name })
    const own = await user.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', {
      current_password: password,
      new_password: name
    })
    t.assert.equal(changed.json().type, '/problems/common-password', name)
    t.assert.equal(own.json().type, '/problems/common-password', name)
  }
})

test('C10 refuses half a character in a password, which would be the same as any other half', async (t: TestContext) => {
  const users = await startUsers(t)
  const user = await users.register()
  const halves = ['good enough \ud800', 'good enough \udfff', '\udc00 good enough']

  for (const half of halves) {
    const typed = JSON.stringify({ username: user.username, password: half })
    const patch = JSON.stringify({ password: half })
    const change = JSON.stringify({ current_password: half, new_password: 'good enough' })
    const answers = [
      await users.admin.post('/users', JSON.stringify({ username: uniqueName(), password: half })),
      await users.admin.patch(`/users/${user.id}`, patch),
      await user.put('/me/password/0190c3a5-01b2-7c3d-9e4f-5a6b7c8d9e0f', change),
      await users.nobody.post('/sessions', typed)
    ]
    t.assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [400, 400, 400, 400]
    )
  }
})
