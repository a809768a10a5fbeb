// `npm run bench -- <name>`: runs one bench; README.md tells more.
import { scenarios } from './scenarios.ts'

/** What is no scenario of the gateways, but a program of its own. */
const programs: Record<string, string> = {
  system: './end-to-end.ts',
  memory: './memory.ts',
  tokens: './tokens.ts',
  documents: './documents.ts',
  logins: './logins.ts',
  refusals: './refusals.ts',
  'slow-clients': './slow-clients.ts',
  pages: '../../e2e/page-speed.ts'
}

const usage = `npm run bench -- [scenario...] [options]
npm run bench -- <program> [options]

  scenarios  the gateway beside others: ${Object.keys(scenarios).join(' ')}; all of them by default
  programs   ${Object.keys(programs).join(' ')}

Each tells its options with --help. Example:
  npm run bench -- small download --rounds 5 --seconds 2
`

function refuse(message: string): never {
  process.stderr.write(`${message}\n\n${usage}`)
  return process.exit(2)
}

const args = process.argv.slice(2)
const firstOption = args.findIndex((arg) => arg.startsWith('-'))
const names = firstOption < 0 ? args : args.slice(0, firstOption)
const [name = ''] = names
const known = [...Object.keys(scenarios), ...Object.keys(programs)]
const unknown = names.find((each) => !known.includes(each))
const program = programs[name]

if (name === '' && args.includes('--help')) {
  process.stdout.write(usage)
  process.exit()
}
if (unknown !== undefined) refuse(`There is no bench ${unknown}.`)
if (names.length > 1 && names.some((each) => each in programs))
  refuse('A program runs alone, scenarios with other scenarios only.')
// A program reads the options that stand behind its name.
if (program !== undefined) process.argv.splice(2, 1)
await import(program ?? './gateways.ts')
