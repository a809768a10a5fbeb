import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import bcrypt from 'bcrypt'
import { createBulkhead } from './bulkhead.ts'

interface Options {
  /** The bcrypt cost of new hashes: 2^cost rounds. */
  cost: number
  cores?: number
}

/** `outdated`: it matches, but the hash was made with another cost. */
export type Verdict = 'matches' | 'outdated' | 'differs'

export type Passwords = ReturnType<typeof createPasswords>

/** bcrypt reads 72 bytes and stops at NUL; the base64 of a SHA-384 is 64 bytes of any password. */
function digest(password: string): string {
  return createHash('sha384').update(password).digest('base64')
}

/** A hash that no password is known for, and that takes as long to check as any other of this cost. */
export function dummyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'x'.repeat(21)}u${'x'.repeat(31)}`
}

/**
 * Makes and checks hashes of passwords, off the event loop, at most one on each core at a time. Both throw a
 * 503 problem at once where more than four times as many wait already.
 */
export function createPasswords({ cost, cores = availableParallelism() }: Options) {
  const bulkhead = createBulkhead({ running: cores, waiting: 4 * cores })

  /** Adds up to the time of a hash of the current cost: 2^c + (2^c + 2^(c+1) + … + 2^(cost-1)) = 2^cost. */
  async function makeUpFor(outdated: number, digested: string) {
    for (let spent = outdated; spent < cost; spent += 1)
      await bcrypt.compare(digested, dummyHash(spent))
  }

  return {
    /** Throws the 503 problem where a check would be turned away now: before anything is looked up for it. */
    checkRoom: bulkhead.check,

    async hash(password: string): Promise<string> {
      return bulkhead.run(() => bcrypt.hash(digest(password), cost))
    },

    /** Checks a password; null stands for a user that there is not, and takes as long (guarantee C2). */
    async verify(password: string, hash: string | null): Promise<Verdict> {
      return bulkhead.run(async () => {
        const digested = digest(password)
        const against = hash ?? dummyHash(cost)
        const matches = await bcrypt.compare(digested, against)
        const used = bcrypt.getRounds(against)
        // Also where it matches: what comes of that may be a refusal, of a disabled account for instance.
        await makeUpFor(used, digested)
        if (!matches || hash === null) return 'differs'
        return used === cost ? 'matches' : 'outdated'
      })
    }
  }
}
