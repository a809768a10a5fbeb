import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']

function find(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const isThere = (path: string) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  return paths.find(isThere) ?? null
}

const executablePath = find()

/** For the tests that need a browser: why they are skipped, or false. */
export const skip = executablePath === null && 'no Chromium on PATH (Debian: chromium)'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

let browser: Promise<Browser> | undefined

/** The browser, where it was started. */
export const startedBrowser = () => browser

/** Starts Chromium, headless and with an empty profile, once in a process; who starts it closes it. */
export function startBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: executablePath ?? '', args: quiet })
  return browser
}
