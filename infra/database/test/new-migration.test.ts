import { existsSync } from 'node:fs'
import { appendFile, cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrate } from '../src/migrate.ts'
import { newMigration } from '../src/new-migration.ts'
import { emptyDatabase } from '../src/testing.ts'
import { ask, prismaFolder } from './start.ts'

const services = new URL('../../../services/', import.meta.url)
const schema = 'datasource db {\n  provider = "postgresql"\n}\nmodel Thing {\n  id Int @id\n}\n'

test('writes what the schema has and the migrations lack, and nothing where they agree', async (t) => {
  const url = await emptyDatabase(t)
  const prisma = await prismaFolder(t)
  await appendFile(join(prisma, 'schema.prisma'), schema)
  const first = await newMigration({ prisma, name: 'first', url })
  const none = await newMigration({ prisma, name: 'none', url })

  await appendFile(join(prisma, 'schema.prisma'), 'model Other {\n  id Int @id\n}\n')
  const second = await newMigration({ prisma, name: 'second', url })

  t.assert.match(await readFile(first ?? '', 'utf8'), /CREATE TABLE "Thing"/)
  t.assert.equal(none, null)
  t.assert.doesNotMatch(await readFile(second ?? '', 'utf8'), /"Thing"/)
  await migrate({ url }, join(prisma, 'migrations'))
  t.assert.deepEqual(await ask(url, 'select * from "Thing", "Other"'), [])
})

for (const service of await readdir(services)) {
  if (!existsSync(new URL(`${service}/prisma/schema.prisma`, services))) continue

  test(`the migrations of ${service} give its schema`, async (t) => {
    const prisma = await prismaFolder(t)
    const own = new URL(`${service}/prisma/`, services)
    await cp(new URL('schema.prisma', own), join(prisma, 'schema.prisma'))
    await cp(new URL('migrations/', own), join(prisma, 'migrations'), { recursive: true })

    const url = await emptyDatabase(t)
    const forgotten = await newMigration({ prisma, name: 'forgotten', url })

    t.assert.equal(forgotten, null)
  })
}
