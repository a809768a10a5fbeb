import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const secretBytes = 32

export type Secrets = ReturnType<typeof openSecrets>

/** The generated secrets in `folder`, a file each that only its owner may read. */
export function openSecrets(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)

  /** Writes `value` to the file `name`, and gives its path. */
  function write(name: string, value: string): string {
    const path = join(folder, name)
    writeFileSync(path, value, { mode: 0o600 })
    return path
  }

  return {
    write,
    /** Gives the secret `name`, made on its first use; `isNew` says that it was now. */
    keep(name: string): { path: string; value: string; isNew: boolean } {
      const path = join(folder, name)
      try {
        return { path, value: readFileSync(path, 'utf8'), isNew: false }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        const value = randomBytes(secretBytes).toString('hex')
        return { path: write(name, value), value, isNew: true }
      }
    }
  }
}
