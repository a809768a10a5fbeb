import { readFileSync } from 'node:fs'
import { badRequest } from '@gatehouse/service-kit'

// 17,950 passwords of eight characters or more, out of some 49,000 that leaks have shown to be the most used.
const source = import.meta.resolve('@zxcvbn-ts/language-common/src/passwords.json')
const shortest = 8

function readCommon(): Set<string> {
  const all = JSON.parse(readFileSync(new URL(source), 'utf8')) as string[]
  return new Set(all.filter((password) => password.length >= shortest))
}

const common = readCommon()

/** Is a password, whatever its case, among the most common? */
export function isCommon(password: string): boolean {
  return common.has(password.toLowerCase())
}

/** Throws a 400 problem where a password, whatever its case, is among the most common (guarantee C11). */
export function refuseCommon(password: string, pointer = '#/body/password') {
  if (!isCommon(password)) return
  const detail = 'This password is among the most common ones; choose another.'
  throw badRequest('common-password', detail, [{ pointer, detail }])
}
