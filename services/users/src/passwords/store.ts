import type { Author } from '@gatehouse/service-kit'
import type { PrismaClient } from '#db'
import { refuseChange } from '../actors/store.ts'
import type { Announce } from '../outbox/store.ts'
import { endSessionsOf } from '../sessions/store.ts'

interface Replacement {
  id: string
  /** The hash that was checked; where it is not the user's any more, nothing happens. */
  from: string
  to: string
}

export type PasswordStore = ReturnType<typeof createPasswordStore>

/** The only methods by which a hash leaves or enters the database, except for new users. */
export function createPasswordStore(prisma: PrismaClient, announce: Announce) {
  return {
    /** What checking a password needs to know, its hash among it. */
    async findWithHash(where: { id: string } | { username_key: string }) {
      const select = { id: true, username: true, email: true, password_hash: true } as const
      const state = { protected: true, disabled_at: true } as const
      return prisma.user.findUnique({ where, select: { ...select, ...state } })
    },

    /** Puts another hash of the same password in place; false where the password was changed meanwhile. */
    async replaceHash({ id, from, to }: Replacement): Promise<boolean> {
      const where = { id, password_hash: from }
      const { count } = await prisma.user.updateMany({ where, data: { password_hash: to } })
      return count === 1
    },

    /** Changes the password and ends all sessions of the user but one; `differs` where it was changed meanwhile. */
    async changePassword(
      { id, from, to, session }: Replacement & { session: string },
      author: Author
    ) {
      return prisma.$transaction(async (tx) => {
        const locked = { target: id, admins: false }
        const { refusal } = await refuseChange(tx, { id: author.id }, locked)
        if (refusal !== null) return refusal
        const where = { id, password_hash: from }
        const { count } = await tx.user.updateMany({ where, data: { password_hash: to } })
        if (count === 0) return 'differs'
        await endSessionsOf(tx, id, session)
        const data = { changed: ['password'] }
        await announce(tx, { type: 'user.changed', user_id: id, author, data })
        return 'changed'
      })
    }
  }
}
