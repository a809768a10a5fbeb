/** What examples say of themselves. */
const exampleSecret = /change.?me|example|placeholder/i
/** A short text over and over. */
const repetition = /^(.{1,24}?)\1+$/
/** Words that examples are made of; a secret that has next to nothing beside them is one. */
const exampleWords = /secret|password|default|super|your|key|jwt|token|my/gi
/** Least characters beside such words, and least different characters, of something random. */
const leastBeside = 8
const leastDifferent = 8

/** Says why `value` is no secret, or null where it is one. `value` may be a list, `new,old`. */
export function secretFault(value: string): string | null {
  for (const secret of value.split(',')) {
    if (Buffer.byteLength(secret) < 32)
      return 'must be at least 32 bytes long (try: openssl rand -hex 32)'
    const bare = secret.replaceAll(/[^A-Za-z0-9]/g, '')
    const beside = bare.replaceAll(exampleWords, '')
    const poor = beside.length < leastBeside || new Set(secret).size < leastDifferent
    if (poor || exampleSecret.test(secret) || repetition.test(bare))
      return 'must be random, not an example'
  }
  return null
}
