// @ts-check
// Prints the bill of materials of what is installed with the package, by `npm sbom`, from the lock file alone: it asks no
// registry. Arguments are handed on: `npm run sbom -- --sbom-format spdx`.
//
// `npm sbom --omit dev` would not do: it leaves out whatever a development dependency needs too, knex for one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
const manifest = read('package.json')
const lock = read('package-lock.json')

// The app brings Express itself; and what only development needs is in nobody's installation.
for (const of of [manifest, lock.packages['']]) {
  for (const field of ['devDependencies', 'peerDependencies', 'overrides']) delete of[field]
}
for (const [path, { dev }] of Object.entries(lock.packages)) if (dev) delete lock.packages[path]

const folder = mkdtempSync(join(tmpdir(), 'silk-sbom-'))
try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
  const isWindows = process.platform === 'win32'
  const options = ['sbom', '--package-lock-only', '--offline', '--sbom-format', 'cyclonedx', ...process.argv.slice(2)]
  const { status } = spawnSync(isWindows ? 'npm.cmd' : 'npm', options, {
    cwd: folder,
    stdio: 'inherit',
    shell: isWindows,
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
