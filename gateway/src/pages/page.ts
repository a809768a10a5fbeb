import { createHash } from 'node:crypto'

const style = `body{font:16px/1.6 system-ui,sans-serif;max-width:38rem;margin:4rem auto;padding:0 1rem;color:#1d2733;background:#fff}
h1{margin-bottom:0;line-height:1.2}li{margin:.25rem 0}a{color:#0b57d0}code{background:#f4f6f8;padding:.1em .3em;border-radius:.2em}
@media(prefers-color-scheme:dark){body{color:#dfe5ec;background:#14181d}a{color:#8ab4f8}code{background:#1d232a}}`

const hash = createHash('sha256').update(style).digest('base64')

/** The content security policy of these pages: their style, and nothing else. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`

/** A page of the gateway; `title` and `body` are HTML already. */
export function pageWith(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><style>${style}</style>
${body}</html>
`
}
