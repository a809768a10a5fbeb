import type { Route, Table } from '../table/route.ts'

interface Options {
  /** Whether the demo accounts exist. */
  demo: boolean
}

const accounts = '`admin` with password `a`, or `user` with password `u`'

/** The line that a username and a password are sent to. */
export function loginOf({ routes }: Table): Route | undefined {
  return routes.find(({ issue, allow }) => issue === 'token' && allow.includes('public'))
}

/** What a newcomer reads first: how to get a token, how to use it, and what all answers have in common. */
export function introduction(table: Table, { demo }: Options): string {
  const login = loginOf(table)
  const how =
    login &&
    [
      '**To sign in**',
      '',
      `1. Open \`${login.method} ${login.path}\`, press *Try it out*, and *Execute* with ${demo ? `a demo account: ${accounts}` : 'your username and password'}.`,
      '2. Copy the `access_token` of the answer.',
      '3. Press *Authorize*, paste it there, and call what your account may call.'
    ].join('\n')
  const aliases = table.aliases.map(
    ({ from, to }) => `Paths under \`${to}\` also exist under \`${from}\`.`
  )
  return [
    'One API in front of every service: each operation tells who may call it, and within which limits.',
    how,
    'For programs: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).',
    `Errors are problem documents (RFC 9457), as \`application/problem+json\`. ${aliases.join(' ')}`.trim()
  ]
    .filter(Boolean)
    .join('\n\n')
}
