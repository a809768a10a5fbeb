import type { Route, Table } from '../route-table/types.ts'
import type { Assets } from './assets.ts'

interface Options {
  /** Whether the demo accounts exist. */
  demo: boolean
}

const accounts = '`admin` with password `a`, or `user` with password `u`'

/** The route that takes a username and a password. */
export function loginOf({ routes }: Table): Route | undefined {
  return routes.find(({ issue, allow }) => issue === 'token' && allow.includes('public'))
}

/** The description of the public document: how to get a token and use it, and what all responses have in common. */
export function introduction(table: Table, { demo }: Options): string {
  const login = loginOf(table)
  const how =
    login &&
    [
      '**To sign in**',
      '',
      `1. Open \`${login.method} ${login.path}\`, press *Try it out*, and *Execute* with ${demo ? `a demo account: ${accounts}` : 'your username and password'}.`,
      '2. Copy the `access_token` of the response.',
      '3. Press *Authorize*, paste it there, and call what your account may call.'
    ].join('\n')
  const aliases = table.aliases.map(
    ({ from, to }) => `Paths under \`${to}\` also exist under \`${from}\`.`
  )
  return [
    'One API in front of every service: each operation shows who may call it, and within which limits.',
    how,
    'For programs: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).',
    `Errors are problem documents (RFC 9457), as \`application/problem+json\`. ${aliases.join(' ')}`.trim()
  ]
    .filter(Boolean)
    .join('\n\n')
}

export interface PageOptions {
  title: string
  table: Table
  /** Whether the demo accounts exist and the page offers them. */
  demo: boolean
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)

const demoAccounts = [
  { username: 'admin', password: 'a' },
  { username: 'user', password: 'u' }
]

const logoutOf = ({ routes }: Table) =>
  routes.find(({ revoke, method }) => revoke === 'session' && method === 'POST')

function demoButtons(): string {
  const buttons = demoAccounts.map(
    ({ username, password }) =>
      `<button type="button" data-username="${username}" data-password="${password}">Log in as ${username}</button>`
  )
  return `<p class="demo">${buttons.join('\n')}</p>`
}

const form = `<form id="log-in">
<label>Username <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
</form>`

function signIn({ table, demo }: PageOptions): string {
  const login = loginOf(table)
  const logIn = demo ? `<details><summary>Another account</summary>${form}</details>` : form
  return `<section class="access" aria-label="Session" data-login="${escaped(login?.path ?? '')}" data-logout="${escaped(logoutOf(table)?.path ?? '')}">
<div id="signed-out">${login ? (demo ? demoButtons() : '') + logIn : ''}
<button type="button" id="authorize" class="quiet" hidden>Authorize</button></div>
<div id="signed-in" hidden><p id="caller"></p><button type="button" id="log-out">Log out</button></div>
<p id="message" role="status"></p>
</section>`
}

function head(title: string, { version, scripts }: Assets): string {
  const at = `/docs/assets/${version}`
  const ahead = scripts.map((name) => `<link rel="modulepreload" href="${at}/${name}">`)
  return `<meta charset="utf-8">
<title>${escaped(title)}: documentation</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" type="image/png" href="${at}/favicon-32x32.png">
<link rel="preload" href="${at}/swagger-ui.css" as="style">
<link rel="stylesheet" href="${at}/page.css">
<link rel="stylesheet" href="${at}/operations.css">
<link rel="stylesheet" href="${at}/fields.css">
<script src="${at}/swagger-ui-bundle.js" defer></script>
<script src="${at}/start.js" type="module"></script>
<link rel="preload" href="/openapi.json" as="fetch" crossorigin="anonymous">
${ahead.join('\n')}`
}

/** The page before its scripts have run. */
export function pageHtml(options: PageOptions, assets: Assets): string {
  const { title, table } = options
  const aliases = table.aliases.map(
    ({ from, to }) =>
      `Paths under <code>${escaped(to)}</code> also exist under <code>${escaped(from)}</code>.`
  )
  return `<!doctype html>
<html lang="en">
<head>
${head(title, assets)}
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>${escaped(title)} <small id="version"></small></h1>
<p>One API in front of every service: each operation shows who may call it, and within which limits.
Errors are problem documents (RFC 9457). ${aliases.join(' ')}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>, <a href="/openapi.yaml">openapi.yaml</a>.</p>
</header>
${signIn(options)}
<main id="operations" tabindex="-1">
<p id="changed" role="status" hidden>The document has changed since it was loaded. <a href="/docs">Load the new one</a></p>
<fieldset id="callers" hidden><legend>Show the operations of</legend></fieldset>
<p id="count" role="status"></p>
<div id="swagger-ui"><p class="wait">Loading the operations…</p>
<noscript><p>This page needs JavaScript; <a href="/openapi.json">openapi.json</a> does not.</p></noscript></div>
</main>
<footer><h2>Sources</h2><ul id="parts"></ul></footer>
</body>
</html>
`
}
