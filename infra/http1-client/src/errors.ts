/**
 * Why an upstream gave no answer. Codes are undici's where it has one for the same thing, so that whoever hears of a
 * failure need not know by which of the two the upstream was asked.
 */
export function failure(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code })
}

/** The answer breaks a rule of HTTP: nothing of it can be believed. */
export const malformed = (what: string) => failure('UPSTREAM_MALFORMED', `the response ${what}`)
