import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeVersion } from '../package/node-versions.js'
import { emptyProject } from '../package/project.js'
import { type NodeMajor, packagesOf, type Row } from './rows.js'

const fixture = fileURLToPath(new URL('./fixture/', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/express-silk/', import.meta.url))

const MANIFEST = {
  type: 'module',
  // It asks for a knex of 2021, and works with newer ones.
  overrides: { bookshelf: { knex: '$knex' } },
}
const QUICKLY = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']

/** Installs projects below one folder, each once. */
export function createProjects(folder: string, tarball: string): (row: Row, node: NodeMajor) => Promise<string> {
  const made = new Map<string, Promise<string>>()
  return (row, node) => {
    const packages = packagesOf(row, node)
    const key = `node-${node}-${createHash('sha256').update(packages.join()).digest('hex').slice(0, 8)}`
    const project = made.get(key) ?? install(join(folder, key), node, [tarball, ...packages])
    made.set(key, project)
    return project
  }
}

async function install(folder: string, major: NodeMajor, packages: readonly string[]): Promise<string> {
  emptyProject(folder, fixture, MANIFEST)
  const node = await nodeVersion(`${major}`)
  await node.npm(folder, ['install', ...QUICKLY, ...packages])
  const sqlite = join(folder, 'node_modules', 'better-sqlite3')
  const { version } = JSON.parse(readFileSync(join(sqlite, 'package.json'), 'utf8')) as { version: string }
  if (version.startsWith('12.')) cpSync(await builtSqlite(version, major), join(sqlite, 'build'), { recursive: true })
  return folder
}

const built = new Map<string, Promise<string>>()

/** better-sqlite3 12 is compiled where its binary cannot be downloaded, which takes minutes: once for each Node. */
function builtSqlite(version: string, major: NodeMajor): Promise<string> {
  const name = `better-sqlite3-${version}-node-${major}`
  const known = built.get(name) ?? buildSqlite(join(cache, name), version, major)
  built.set(name, known)
  return known
}

async function buildSqlite(folder: string, version: string, major: NodeMajor): Promise<string> {
  const build = join(folder, 'node_modules', 'better-sqlite3', 'build')
  if (!existsSync(join(build, 'Release', 'better_sqlite3.node'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const node = await nodeVersion(`${major}`)
    await node.npm(folder, ['install', '--no-save', `better-sqlite3@${version}`])
  }
  return build
}
