// What silk costs an app, beside what others cost it: `npm run bench -- --help`, and docs/cost.md for what came out.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Arguments, readArguments, USAGE } from './http/arguments.js'
import { interrupted } from './http/interrupted.js'
import { ensurePeers, needsPeers } from './http/peers.js'
import type { Plan } from './http/plan.js'
import { type Result, resultOf } from './http/result.js'
import { tablesOf } from './http/tables.js'
import { writeResult } from './http/write-result.js'

// Compiled, it is in bench/dist/bench/.
const root = fileURLToPath(new URL('../../../', import.meta.url))
const say = (line: string): void => console.error(line)

try {
  await run(readArguments(process.argv.slice(2), process.env))
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function run({ plan, json, from, write, help }: Arguments): Promise<void> {
  if (help) return console.log(USAGE)
  if (write || needsPeers(plan.configurations)) ensurePeers(root, say)
  const result = from ? (JSON.parse(readFileSync(from, 'utf8')) as Result) : await measured(plan)
  console.log(json ? JSON.stringify(result, null, 1) : tablesOf(result))
  if (write) await writeResult(result, write, root)
}

async function measured(plan: Plan): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'silk-bench-'))
  const startedAt = performance.now()
  // Not before the arguments are known to be right.
  const { measure } = await import('./http/measure.js')
  try {
    const cells = await measure(plan, { root, folder, say, stop: interrupted() })
    return resultOf(cells, plan, versionOf(plan.node), (performance.now() - startedAt) / 1_000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function versionOf(node: string): string {
  return spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
}
