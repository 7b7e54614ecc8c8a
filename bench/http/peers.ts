import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { CONFIGURATIONS } from './configurations.js'

/** Installs what silk is compared with, and what draws the charts, unless it is there. */
export function ensurePeers(root: string, say: (line: string) => void): void {
  const folder = `${root}bench/peers`
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return
  say('installing what silk is compared with (bench/peers), this once')
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) throw new Error(`npm ci in bench/peers failed:\n${npm.stderr}`)
}

export function needsPeers(configurations: readonly string[]): boolean {
  return CONFIGURATIONS.some(({ id, peer }) => peer !== undefined && configurations.includes(id))
}
