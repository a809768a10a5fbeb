/** Texts of examples, and rows of a keyboard. */
const exampleText = /change.?me|example|placeholder|insecure|qwerty|asdfgh|zxcvbn/i
/** A short text over and over. */
const repetition = /^(.{1,24}?)\1+$/
/** Words of example secrets: they do not count towards the length. */
const exampleWords =
  /secret|password|passphrase|default|string|characters|random|super|your|least|long|bits?|test|key|jwt|token|my/gi
/** Letters and digits beside example words. */
const minCharacters = 24
const minDistinct = 8
/** Share of characters next to their predecessor's code, as in `abcdefgh`; 32 random digits have 0.7 at most. */
const maxNeighbours = 0.8

/** Whether `codes` count up or down, as in `abcdefgh` or the bytes `00 01 02`. */
function isSequence(codes: readonly number[]): boolean {
  const neighbours = codes.filter((code, at) => at > 0 && Math.abs(code - (codes[at - 1] ?? 0)) < 2)
  return neighbours.length > (codes.length - 1) * maxNeighbours
}

function isExample(secret: string): boolean {
  const bare = secret.replaceAll(/[^A-Za-z0-9]/g, '')
  const bytes = /^([0-9a-f]{2})+$/i.test(secret) ? [...Buffer.from(secret, 'hex')] : []
  return (
    bare.replaceAll(exampleWords, '').length < minCharacters ||
    new Set(secret).size < minDistinct ||
    isSequence([...secret].map((character) => character.charCodeAt(0))) ||
    (bytes.length > 0 && isSequence(bytes)) ||
    exampleText.test(secret) ||
    repetition.test(bare)
  )
}

/** The error of a secret, or of a list of them (`new,old`); null where there is none. */
export function secretFault(value: string): string | null {
  const secrets = value.split(',')
  for (const secret of secrets) {
    if (Buffer.byteLength(secret) < 32)
      return 'must be at least 32 bytes long (try: openssl rand -hex 32)'
    if (isExample(secret)) return 'must be random, not an example (try: openssl rand -hex 32)'
  }
  // With the old secret in the place of the new one, a rotation would seem done.
  if (new Set(secrets).size < secrets.length) return 'must be different secrets: one appears twice'
  return null
}

/** Hosts of this machine alone: a socket, or the loopback. */
const local = /^(|localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
const minPassword = 12
const knownPasswords = /^(postgres|password|admin|root|guest|secret|gatehouse|changeme|1234)/i

/**
 * The error of a database's address, or null. A database on another machine needs a strong password or a client
 * certificate (guarantee K1); one on this machine, as a developer's, needs neither.
 */
export function databaseUrlFault(value: string): string | null {
  const url = URL.parse(value)
  if (!/^postgres(ql)?:$/.test(url?.protocol ?? ''))
    return 'must be an address such as postgresql://role:password@host:5432/database'
  const { hostname, username, password, searchParams } = url as URL
  if (local.test(hostname) || searchParams.has('sslcert')) return null
  if (password === '') return 'must have a password: postgresql://role:password@host:5432/database'
  const isKnown = knownPasswords.test(password) || password === username
  if (isKnown || password.length < minPassword)
    return `must have a random password of at least ${minPassword} characters`
  return null
}
