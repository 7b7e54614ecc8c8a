import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromiumHelp, findChromium } from './chromium.js'

// Runs before `npm test`, once, since two test files that both call apt-get would wait for each other's lock.
const missing = [...(findChromium() === null ? ['chromium'] : []), ...(hasHttpie() ? [] : ['httpie'])]
if (missing.length > 0 && canUseApt()) installByApt(missing)
if (findChromium() === null) console.error(`\n${chromiumHelp}\n`)

/** What is generated for HTTPie is run by it where there is one. */
function hasHttpie(): boolean {
  return spawnSync('http', ['--version'], { stdio: 'ignore' }).status === 0
}

function canUseApt(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

function installByApt(packages: readonly string[]): void {
  console.log(`Not found: ${packages.join(', ')}. Installing by apt-get.`)
  run(['update'])
  run(['install', '-y', '--no-install-recommends', ...packages])
}

function run(aptArguments: readonly string[]): void {
  spawnSync('apt-get', aptArguments, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
