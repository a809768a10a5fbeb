import { parseArgs } from 'node:util'

type Default = number | string | boolean
/** As wide as what was given may be: `3` stands for any number. */
type Given<T> = {
  [K in keyof T]: T[K] extends number ? number : T[K] extends string ? string : boolean
}

function optionsText(defaults: Record<string, Default>): string {
  const known = Object.entries(defaults).map(([name, value]) =>
    value === false ? `  --${name}` : `  --${name} ${value}`
  )
  return `The options with their defaults, behind --:\n${known.join('\n')}\n`
}

function refuse(message: string, defaults: Record<string, Default>): never {
  process.stderr.write(`${message}\n${optionsText(defaults)}`)
  process.exit(2)
}

function parse(defaults: Record<string, Default>, allowPositionals: boolean) {
  if (process.argv.includes('--help')) {
    process.stdout.write(optionsText(defaults))
    process.exit()
  }
  const types = Object.entries(defaults).map(([name, value]) => {
    return [name, { type: value === false ? 'boolean' : 'string' }] as const
  })
  try {
    return parseArgs({ options: Object.fromEntries(types), allowPositionals })
  } catch (error) {
    return refuse((error as Error).message, defaults)
  }
}

/** A default that is a number wants a number above 0. */
function valueFrom(text: Default, name: string, defaults: Record<string, Default>): Default {
  if (typeof defaults[name] !== 'number') return text
  const number = Number(text)
  return number > 0 ? number : refuse(`--${name} is a number above 0, not ${text}.`, defaults)
}

/**
 * What the command was given, by the defaults: a number, a text, or a switch that is off.
 * Whoever gives something else is told what there is, and the process ends with 2.
 */
export function readOptions<const T extends Record<string, Default>>(defaults: T): Given<T> {
  return valuesFrom(parse(defaults, false).values, defaults)
}

/** The same, with the names that stand beside the options. */
export function readNamesAndOptions<const T extends Record<string, Default>>(
  defaults: T
): Given<T> & { names: string[] } {
  const { values, positionals } = parse(defaults, true)
  return { ...valuesFrom(values, defaults), names: positionals }
}

function valuesFrom<const T extends Record<string, Default>>(
  values: object,
  defaults: T
): Given<T> {
  const given = Object.entries(values).map(([name, text]) => {
    return [name, valueFrom(text as Default, name, defaults)]
  })
  return { ...defaults, ...Object.fromEntries(given) }
}

/** The names in a list with commas; the process ends with 2 where one is unknown. */
export function namesIn(list: string, known: string[]): string[] {
  const names = list.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  process.stderr.write(`There is no ${unknown || 'empty name'}; there are ${known.join(', ')}.\n`)
  return process.exit(2)
}
