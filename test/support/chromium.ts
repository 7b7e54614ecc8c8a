import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** What to tell someone whose machine has no Chromium. */
export const chromiumHelp: string = [
  'No Chromium or Chrome was found for the browser tests. Any one of these helps:',
  '  npx playwright-core install chromium      (every platform, into your own cache, no root)',
  '  sudo apt-get install chromium             (Debian)',
  '  brew install --cask chromium              (macOS)',
  '  SILK_TEST_CHROMIUM=/path/to/chrome npm test',
].join('\n')

/**
 * Path of a Chromium or Chrome: `SILK_TEST_CHROMIUM`, else the usual places, else one that playwright downloaded.
 * `null`: none.
 *
 * Throws when `SILK_TEST_CHROMIUM` names a file that does not exist.
 */
export function findChromium(): string | null {
  const given = process.env.SILK_TEST_CHROMIUM
  if (given) {
    if (existsSync(given)) return given
    throw new Error(`SILK_TEST_CHROMIUM is ${given}, and there is no such file.`)
  }
  return [...usualPlaces(), ...playwrightDownloads()].find((path) => existsSync(path)) ?? null
}

/** A headless browser for one test file; close it in `afterAll`. Rejects with what to run when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error(chromiumHelp)
  return chromium.launch({
    executablePath,
    headless: true,
    // Chromium refuses to start as root inside its sandbox, and the only pages opened are our own, on loopback.
    chromiumSandbox: false,
    // A browser that phones home at start fills the log of a machine without network, and slows it.
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

function usualPlaces(): readonly string[] {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
    )
  }
  if (process.platform === 'win32') {
    const roots = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    return roots
      .filter((root) => root !== undefined)
      .flatMap((root) => [
        join(root, 'Google', 'Chrome', 'Application', 'chrome.exe'),
        join(root, 'Chromium', 'Application', 'chrome.exe'),
        join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
      ])
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((folder) => names.map((name) => join(folder, name)))
}

function playwrightDownloads(): readonly string[] {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH || playwrightCache()
  if (!existsSync(cache)) return []
  const inside = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
    'chrome-win/chrome.exe',
    'chrome-win64/chrome.exe',
  ]
  return readdirSync(cache)
    .filter((folder) => folder.startsWith('chromium-'))
    .sort()
    .reverse()
    .flatMap((folder) => inside.map((path) => join(cache, folder, path)))
}

function playwrightCache(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ms-playwright')
  if (process.platform === 'win32') return join(process.env.LOCALAPPDATA ?? homedir(), 'ms-playwright')
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ms-playwright')
}
