import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tempFolder } from '../store/temp-store.js'

interface Locked {
  readonly name?: string
  readonly version: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string) => JSON.parse(readFileSync(`${root}${name}`, 'utf8'))
const manifest = read('package.json')
const { '': own, ...locked }: Record<string, Locked> = read('package-lock.json').packages
const installed = Object.entries(locked).filter(([, { dev }]) => dev !== true)

test('the lock file is that of the package', () => {
  for (const field of ['version', 'dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies']) {
    expect([field, own?.[field as keyof Locked]]).toEqual([field, manifest[field]])
  }
})

test('of what is installed with silk only better-sqlite3 runs a script', () => {
  const withScript = (entries: readonly (readonly [string, Locked])[]): readonly string[] =>
    entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace('node_modules/', ''))
  expect(withScript(installed)).toEqual(['better-sqlite3'])
  expect(withScript(Object.entries(locked))).toEqual(['better-sqlite3', 'esbuild'])
})

test('all that is installed with silk is what it was when it was locked, by a hash', () => {
  expect(installed.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([])
})

test('SECURITY.md tells how many dependencies there are', () => {
  const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
  const [direct, optional] = [manifest.dependencies, manifest.optionalDependencies].map(
    (list) => words[Object.keys(list).length],
  )
  expect(readFileSync(`${root}SECURITY.md`, 'utf8')).toContain(
    `${direct} direct dependencies and ${optional} optional ones`,
  )
})

/** `npm run sbom`, with no registry to ask and nothing cached. */
function billOfMaterials(format: string) {
  const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: tempFolder() }
  const options = ['run', '--silent', 'sbom', '--', '--sbom-format', format]
  return JSON.parse(
    execFileSync('npm', options, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  )
}

/** Once each, since a package may be installed in several places. */
const lockedNames = [
  ...new Set(
    installed.map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`),
  ),
].toSorted()

test('the bill of materials is made from the lock file alone, with a hash and a licence for each package', () => {
  const { bomFormat, components } = billOfMaterials('cyclonedx') as {
    readonly bomFormat: string
    readonly components: readonly {
      readonly purl: string
      readonly version: string
      readonly hashes: readonly { readonly alg: string }[]
      readonly licenses: readonly unknown[]
    }[]
  }
  expect(bomFormat).toBe('CycloneDX')
  const names = components.map(({ purl }) => decodeURIComponent(purl.replace(/^pkg:npm\//, '')))
  expect([...new Set(names)].toSorted()).toEqual(lockedNames)
  expect(components.filter(({ hashes }) => hashes[0]?.alg !== 'SHA-512')).toEqual([])
  expect(components.filter(({ licenses }) => licenses.length !== 1)).toEqual([])
})

test('it is there as SPDX too', () => {
  const { spdxVersion, packages } = billOfMaterials('spdx') as {
    readonly spdxVersion: string
    readonly packages: readonly { readonly name: string; readonly versionInfo: string }[]
  }
  expect(spdxVersion).toMatch(/^SPDX-2/)
  const names = packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`)
  expect(names).toContain(lockedNames.find((name) => name.startsWith('knex@')))
})
