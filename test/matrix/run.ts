// Tries silk with the versions that it is to work with: `npm run matrix`. Each app is a project of its own into which
// the packed package is installed; it is asked over HTTP, and so is `/silk`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeVersion } from '../package/node-versions.js'
import { packInto } from '../package/project.js'
import { mariadbUrl, postgresUrl } from '../support/server-urls.js'
import { loopLine, problemOf, type Seen } from './outcome.js'
import { createProjects } from './projects.js'
import { type Database, type NodeMajor, nameOf, ROWS, type Row } from './rows.js'
import { keyOf, tableOf, withTable } from './table.js'
import { createVersions } from './versions.js'

const DOCUMENT = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url))
const AT_ONCE = 2

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    node: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
if (asked.write && (asked.only || asked.node)) throw new Error('--write wants all of the matrix: no --only, no --node.')

const folder = mkdtempSync(join(tmpdir(), 'express-silk-matrix-'))
const connections: Readonly<Record<Database, unknown>> = {
  'better-sqlite3': { filename: ':memory:' },
  pg: await postgresUrl(),
  mysql2: await mariadbUrl(),
}
const projectOf = createProjects(folder, await packInto(folder))
const versions = createVersions()
const results = new Map<string, string | null>()

async function problemWith(row: Row, major: NodeMajor): Promise<string | null> {
  const connection = connections[row.database]
  if (connection === null) return 'there is no server'
  const project = await projectOf(row, major)
  const node = await nodeVersion(`${major}`)
  const seenFile = join(folder, `seen-${Math.random()}.json`)
  const env = {
    ...row.host.env,
    NO_COLOR: '1',
    SILK_STORE: ':memory:',
    MATRIX_SEEN: seenFile,
    MATRIX_DB: JSON.stringify({ client: row.database, connection }),
  }
  for (const command of row.host.commands) await node.node(project, command, env)
  const seen = JSON.parse(readFileSync(seenFile, 'utf8')) as Seen
  versions.add(project, seen.node)
  return problemOf(seen, { file: row.host.file, line: loopLine(project, row.host.file) })
}

async function tryRow(row: Row, major: NodeMajor): Promise<void> {
  const problem = await problemWith(row, major).catch((error: { stderr?: string } & Error) => {
    return (error.stderr || error.message).slice(0, 4_000)
  })
  results.set(keyOf(row, major), problem)
  console.log(`${problem === null ? 'works' : 'FAILS'}  Node ${major} · ${nameOf(row)}${problem ? `\n${problem}` : ''}`)
}

const rows = ROWS.filter((row) => nameOf(row).includes(asked.only))
const left = rows.flatMap((row) =>
  row.nodes.filter((major) => `${major}`.startsWith(asked.node)).map((major) => [row, major] as const),
)
const all = left.length

async function work(): Promise<void> {
  for (let next = left.shift(); next !== undefined; next = left.shift()) await tryRow(...next)
}
await Promise.all(Array.from({ length: AT_ONCE }, work))

const failed = [...results.values()].filter((problem) => problem !== null).length
const text = `${tableOf(results, rows)}\n\n${versions.text()}`
console.log(`\n${text}\n\n${all - failed} passed, ${failed} failed`)
if (asked.write) writeFileSync(DOCUMENT, withTable(readFileSync(DOCUMENT, 'utf8'), text))
if (asked.keep) console.log(`Kept: ${folder}`)
else rmSync(folder, { recursive: true, force: true })
if (all === 0) console.log('No app has such a name and Node.')
process.exitCode = failed > 0 || all === 0 ? 1 : 0
