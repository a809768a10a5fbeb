/** As many statements of a service get a name; a list of values of each length is a statement of its own. */
const maxNames = 300
/** What PostgreSQL plans; BEGIN and COMMIT need no plan. */
const isPlanned = /^\s*(?:select|insert|update|delete|with)\b/i

/**
 * Gives each SQL text a name, so that a connection parses and plans it once (PostgreSQL's PREPARE) instead of with every
 * request. Gives undefined, which means an unnamed statement, for texts that need no plan, and once
 * `maxNames` texts have one. Names begin with `prefix`, which is one giver's on a connection.
 */
export function createStatementNames(prefix = 's') {
  const names = new Map<string, string>()
  return ({ sql }: { sql: string }): string => {
    const known = names.get(sql)
    if (known !== undefined) return known
    if (names.size >= maxNames || !isPlanned.test(sql)) return undefined as unknown as string
    const name = `${prefix}${names.size + 1}`
    names.set(sql, name)
    return name
  }
}
