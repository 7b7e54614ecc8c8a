// The parts of what silk costs, each by a script of its own, on one Node or several:
//
//   npm run bench:micro -- [micro] [detect] [context] [--node <file>]...
//
// micro: per request and per query, in process, beyond an empty AsyncLocalStorage; detect: the detectors, by the shape of
// a request; context: what carries the request through asynchronous code. Each says more in its first lines.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const PARTS = ['micro', 'detect', 'context']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string', multiple: true, default: [process.execPath] } },
})
const names = positionals.length > 0 ? positionals : PARTS
const unknown = names.find((name) => !PARTS.includes(name))
const missing = values.node.find((file) => !existsSync(file))
if (unknown) fail(`'${unknown}' must be one of: ${PARTS.join(', ')}`)
else if (missing) fail(`--node '${missing}' must be a file that can be run`)
else for (const node of values.node) for (const name of names) run(node, name)

function run(node, name) {
  const script = fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))
  if (!existsSync(script)) return fail(`${name}: there is no such measurement yet`)
  // knex asks for plain better-sqlite3, which in this checkout is the version for Node 20.
  const driver = new URL('../test/support/sqlite-on-new-node.mjs', import.meta.url).href
  console.log(`\n${name}, ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout}`)
  const { status } = spawnSync(node, ['--expose-gc', '--import', driver, script], { stdio: 'inherit' })
  if (status !== 0) fail(`${name} ended with ${status}`)
}

function fail(reason) {
  console.error(reason)
  process.exitCode = 1
}
