import { audit, callerOf, clientAddressOf } from '@gatehouse/service-kit'
import type { UserPatch } from './contract.ts'

type Request = Parameters<typeof callerOf>[0]

/** Notes what an admin has done to an account. */
export function noteUser(request: Request, result: string, user_id: string, more: object = {}) {
  const by = callerOf(request).id
  audit(request.log, 'user', { result, user_id, ip: clientAddressOf(request), by, ...more })
}

/** Notes that the sessions of a user have ended, and why. */
export function noteSessionsEnded(request: Request, user_id: string, reason: string) {
  const by = callerOf(request).id
  const ip = clientAddressOf(request)
  audit(request.log, 'session', { result: 'ended', user_id, ip, by, reason })
}

/** Notes a change by an admin: which fields, never their values; and what it did to the user's sessions. */
export function noteChange(
  request: Request,
  user_id: string,
  { patch, typeBefore }: { patch: UserPatch; typeBefore: string | undefined }
) {
  const { password, disabled, user_type } = patch
  noteUser(request, 'changed', user_id, { changed: Object.keys(patch).join() })
  if (password !== undefined) {
    const by = callerOf(request).id
    const ip = clientAddressOf(request)
    audit(request.log, 'password', { result: 'changed', user_id, ip, by })
  }
  const reasons = {
    'password-changed': password !== undefined,
    'user-disabled': disabled === true,
    'user-type-changed': user_type !== undefined && user_type !== typeBefore
  }
  const reason = Object.entries(reasons).find(([, holds]) => holds)?.[0]
  if (reason !== undefined) noteSessionsEnded(request, user_id, reason)
}
