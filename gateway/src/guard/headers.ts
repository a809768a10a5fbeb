import { badRequest, ProblemError } from '@gatehouse/service-kit'
import { fieldOf } from './fields.ts'

/** Most header fields of a request (PROMISES F19). */
const maxFields = 100

/** Refuses a header section that could be read in two ways: 400; or that is too long: 431. */
export function checkHeaders(rawHeaders: readonly string[]) {
  if (rawHeaders.length > maxFields * 2) {
    throw new ProblemError(431, 'too-many-headers', `At most ${maxFields} header fields are taken.`)
  }
  let seen: string[] | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { name, single } = fieldOf(rawHeaders[index] as string)
    if (!single) continue
    if (seen?.includes(name)) {
      throw badRequest('repeated-header', `The field ${name} may be sent only once.`)
    }
    if (seen) seen.push(name)
    else seen = [name]
  }
}
