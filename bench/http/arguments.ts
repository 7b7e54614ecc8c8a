import { accessSync, constants } from 'node:fs'
import { parseArgs } from 'node:util'
import { BARE, BARE_AGAIN, CONFIGURATIONS } from './configurations.js'
import { MOST_QUERIES } from './endpoints.js'
import type { Plan } from './plan.js'

export const USAGE = `npm run bench -- [options]

  --quick              a minute: SQLite, 2 and 101 queries, without the peers and the store's bytes
  --configs <names>    of ${CONFIGURATIONS.map(({ id }) => id).join(', ')}
  --apps <names>       of sqlite, postgres
  --queries <numbers>  endpoints, by the queries that a request sends: 0 to ${MOST_QUERIES}
  --starts <n>         how often all servers are started anew
  --rounds <n>         rounds of each start
  --turn <ms>          CPU time that the bare app's turn should take
  --concurrency <n>    requests under way at once
  --node <file>        the Node that runs the servers
  --postgres <url>     else SILK_TEST_POSTGRES_URL, else postgres://root@127.0.0.1:5432/test
  --no-bytes           leaves out what a request takes in the store
  --profile <folder>   leaves a CPU profile of each server there
  --json               prints the result as JSON instead of tables
  --from <file>        takes the result of a run with --json instead of measuring
  --write <file>       puts tables and charts into this document, between its markers`

export interface Arguments {
  readonly plan: Plan
  readonly json: boolean
  readonly from: string | undefined
  readonly write: string | undefined
  readonly help: boolean
}

const FULL = { starts: '3', rounds: '5', turn: '100', concurrency: '8' }
const QUICK = { starts: '2', rounds: '5', turn: '60', concurrency: '8' }
const QUICK_CONFIGS = [BARE, BARE_AGAIN, 'als', 'off', 'silk']

/** @throws with the option, its value and what is allowed. */
export function readArguments(args: readonly string[], environment: NodeJS.ProcessEnv): Arguments {
  const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false })
  const base = values.quick ? QUICK : FULL
  const whole = (name: keyof typeof FULL, most: number): number =>
    wholeNumber(name, values[name] ?? base[name], 1, most)
  const plan: Plan = {
    apps: namesIn('apps', values.apps ?? (values.quick ? 'sqlite' : 'sqlite,postgres'), [
      'sqlite',
      'postgres',
    ] as const),
    queries: numbersIn(values.queries ?? (values.quick ? '2,101' : '0,1,2,51,101,1000')),
    configurations: configurationsIn(values.configs, values.quick ?? false),
    starts: whole('starts', 50),
    rounds: whole('rounds', 500),
    turnMs: whole('turn', 10_000),
    concurrency: whole('concurrency', 200),
    node: executable(values.node ?? process.execPath),
    postgresUrl: values.postgres ?? (environment.SILK_TEST_POSTGRES_URL || 'postgres://root@127.0.0.1:5432/test'),
    bytes: !(values['no-bytes'] ?? values.quick),
    profileFolder: values.profile,
  }
  return { plan, json: values.json ?? false, from: values.from, write: values.write, help: values.help ?? false }
}

const options = {
  quick: { type: 'boolean' },
  configs: { type: 'string' },
  apps: { type: 'string' },
  queries: { type: 'string' },
  starts: { type: 'string' },
  rounds: { type: 'string' },
  turn: { type: 'string' },
  concurrency: { type: 'string' },
  node: { type: 'string' },
  postgres: { type: 'string' },
  'no-bytes': { type: 'boolean' },
  profile: { type: 'string' },
  json: { type: 'boolean' },
  from: { type: 'string' },
  write: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The bare app is always among them, for all others are told by it. */
function configurationsIn(given: string | undefined, isQuick: boolean): readonly string[] {
  const all = CONFIGURATIONS.map(({ id }) => id)
  if (given === undefined) return isQuick ? QUICK_CONFIGS : all
  return [...new Set([BARE, ...namesIn('configs', given, all)])]
}

function namesIn<Name extends string>(option: string, given: string, allowed: readonly Name[]): readonly Name[] {
  return given.split(',').map((name) => {
    const found = allowed.find((one) => one === name.trim())
    if (found === undefined) throw new Error(`--${option} '${name}' must be one of: ${allowed.join(', ')}`)
    return found
  })
}

function numbersIn(given: string): readonly number[] {
  return given.split(',').map((each) => wholeNumber('queries', each.trim(), 0, MOST_QUERIES))
}

function wholeNumber(option: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= most) return value
  throw new Error(`--${option} '${given}' must be a whole number from ${least} to ${most}`)
}

function executable(file: string): string {
  try {
    accessSync(file, constants.X_OK)
    return file
  } catch {
    throw new Error(`--node '${file}' must be a file that can be run`)
  }
}
