/** What examples say of themselves, and what a hand types along the keyboard. */
const exampleSecret = /change.?me|example|placeholder|insecure|qwert|asdfg|zxcvb/i
/** A short text over and over. */
const repetition = /^(.{1,24}?)\1+$/
/** Words that examples are made of; a secret that has next to nothing beside them is one. */
const exampleWords =
  /secret|password|passphrase|default|string|characters|random|super|your|least|long|bits?|test|key|jwt|token|my/gi
/** Words that no random text has; beside one of them more is asked. */
const tellingWords = /secret|password|passphrase|default/i
const leastBeside = 8
const leastBesideTelling = 24
const leastDifferent = 8
/** Shannon's entropy of the whole text, in bits; 32 random hexadecimal digits have 90 at least (300,000 tried). */
const leastBits = 80
/** Share of characters that are the last one or its neighbour; 32 random digits have 0.7 at most. */
const mostNeighbours = 0.8

function bitsOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  const shares = [...counts.values()].map((count) => count / text.length)
  return -text.length * shares.reduce((sum, share) => sum + share * Math.log2(share), 0)
}

/** Whether `codes` count up or down, as in `abcdefgh` or the bytes `00 01 02`. */
function isSequence(codes: readonly number[]): boolean {
  const neighbours = codes.filter((code, at) => at > 0 && Math.abs(code - (codes[at - 1] ?? 0)) < 2)
  return neighbours.length > (codes.length - 1) * mostNeighbours
}

function isGuessable(secret: string): boolean {
  const bare = secret.replaceAll(/[^A-Za-z0-9]/g, '')
  const beside = bare.replaceAll(exampleWords, '')
  const bytes = /^([0-9a-f]{2})+$/i.test(secret) ? [...Buffer.from(secret, 'hex')] : []
  return (
    beside.length < (tellingWords.test(bare) ? leastBesideTelling : leastBeside) ||
    new Set(secret).size < leastDifferent ||
    bitsOf(secret) < leastBits ||
    isSequence([...secret].map((character) => character.charCodeAt(0))) ||
    (bytes.length > 0 && isSequence(bytes)) ||
    exampleSecret.test(secret) ||
    repetition.test(bare)
  )
}

/** Says why `value` is no secret, or null where it is one. `value` may be a list, `new,old`. */
export function secretFault(value: string): string | null {
  const secrets = value.split(',')
  for (const secret of secrets) {
    if (Buffer.byteLength(secret) < 32)
      return 'must be at least 32 bytes long (try: openssl rand -hex 32)'
    if (isGuessable(secret)) return 'must be random, not an example (try: openssl rand -hex 32)'
  }
  // A copy of the old secret where the new one belongs would let a rotation seem done.
  if (new Set(secrets).size < secrets.length) return 'must be different secrets: one is there twice'
  return null
}

/** Hosts that nobody on another machine reaches: a socket, or the loopback. */
const local = /^(|localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
const leastPassword = 12
const knownPasswords = /^(postgres|password|admin|root|guest|secret|gatehouse|changeme|1234)/i

/**
 * Says why a database's address cannot be used, or null where it can. On another machine a database is opened by a
 * password worth the name, or by a certificate (guarantee K1); on this one, as on a developer's, anything goes.
 */
export function databaseUrlFault(value: string): string | null {
  const url = URL.parse(value)
  if (!/^postgres(ql)?:$/.test(url?.protocol ?? ''))
    return 'must be an address such as postgresql://role:password@host:5432/database'
  const { hostname, username, password, searchParams } = url as URL
  if (local.test(hostname) || searchParams.has('sslcert')) return null
  if (password === '') return 'must have a password: postgresql://role:password@host:5432/database'
  const isKnown = knownPasswords.test(password) || password === username
  if (isKnown || password.length < leastPassword)
    return `must have a random password of at least ${leastPassword} characters`
  return null
}
