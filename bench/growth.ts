// How what silk costs grows: `npm run bench:growth -- --help`, and docs/cost.md for what came out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bytesPerRequest } from './growth/bytes.js'
import { costByHistory } from './growth/history.js'
import { costByQueries } from './growth/queries.js'
import { costOverRequests } from './growth/requests.js'
import { costOfRetention } from './growth/retention.js'
import type { Outcome, Study } from './growth/study.js'
import { truthOfDurations } from './growth/truth.js'
import { drawCurves } from './http/charts.js'
import { prepareDatabase } from './http/database.js'
import { writeBlock } from './http/document.js'
import { interrupted } from './http/interrupted.js'
import { ensurePeers } from './http/peers.js'

const STUDIES: Readonly<Record<string, Study>> = {
  queries: costByQueries,
  history: costByHistory,
  requests: costOverRequests,
  retention: costOfRetention,
  bytes: bytesPerRequest,
  truth: truthOfDurations,
}

const USAGE = `npm run bench:growth -- [studies, all by default] [options]

  queries     CPU by the queries of a request; --most 10000
  history     CPU by the requests stored; --most 100000
  requests    memory, CPU and file over requests; --most 100000
  retention   what the cap costs
  bytes       bytes on disk per request
  truth       whether reported durations are the app's

  --most <n>     how far the study goes
  --rounds <n>   7 by default
  --json         prints the data instead of tables
  --write <file> puts tables and charts into this document, between its markers`

const root = fileURLToPath(new URL('../../../', import.meta.url))
const say = (line: string): void => console.error(line)

try {
  await run()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      most: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      json: { type: 'boolean', default: false },
      write: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  })
  if (values.help) return console.log(USAGE)
  const names = positionals.length > 0 ? positionals : Object.keys(STUDIES)
  const studies = names.map((name) => [name, studyOf(name)] as const)
  const given = values.most === undefined ? undefined : positive('most', values.most)
  const rounds = positive('rounds', values.rounds)
  if (values.write) ensurePeers(root, say)
  const stop = interrupted()
  const folder = mkdtempSync(join(tmpdir(), 'silk-growth-'))
  try {
    const database = await prepareDatabase('sqlite', folder, '')
    const most = (byDefault: number): number => given ?? byDefault
    for (const [name, study] of studies) {
      const outcome = await study({ root, folder, say, stop, database, node: process.execPath, rounds, most })
      console.log(values.json ? JSON.stringify({ [name]: outcome.data }) : `${name}\n\n${outcome.markdown}\n`)
      if (values.write) await writeOutcome(name, outcome, values.write)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writeOutcome(name: string, { markdown, chart }: Outcome, file: string): Promise<void> {
  const parts = [markdown]
  if (chart) {
    const picture = `${basename(file, '.md')}-${name}.svg`
    const { title, x, y, curves } = chart
    writeFileSync(join(dirname(file), picture), await drawCurves(root, title, x, y, curves))
    parts.unshift(`![${title}](${picture})`)
  }
  writeBlock(file, name, parts.join('\n\n'))
}

function studyOf(name: string): Study {
  const found = STUDIES[name]
  if (!found) throw new Error(`'${name}' must be one of: ${Object.keys(STUDIES).join(', ')}`)
  return found
}

function positive(option: string, given: string): number {
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given)
  throw new Error(`--${option} '${given}' must be a whole number from 1 to 999999999`)
}
