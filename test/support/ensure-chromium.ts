import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromiumHelp, findChromium } from './chromium.js'

// Runs before `npm test`, once, since two test files that both call apt-get would wait for each other's lock.
if (findChromium() === null) {
  if (canUseApt()) installByApt()
  if (findChromium() === null) console.error(`\n${chromiumHelp}\n`)
}

function canUseApt(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

function installByApt(): void {
  console.log('No Chromium found: installing it by apt-get.')
  run(['update'])
  run(['install', '-y', '--no-install-recommends', 'chromium'])
}

function run(aptArguments: readonly string[]): void {
  spawnSync('apt-get', aptArguments, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
