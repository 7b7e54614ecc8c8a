import '../support/sqlite-on-new-node.mjs'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { analyze } from '../../src/analysis/analyze.js'
import { CASES } from './cases/index.js'
import { type CorpusCase, isAside, isNearMiss, LABEL_KINDS } from './corpus-case.js'
import { detectionFor } from './detection.js'
import { type Figures, figuresOf, isDetected, judge, judgeSimpler, saidBySilk, type Verdict } from './judge.js'
import type { EngineName } from './library.js'
import { readMarkers } from './markers.js'
import { type CaseRun, startRecorder } from './record.js'
import { changedSince, type Measured, printReport } from './report.js'
import { SIMPLER_RULES } from './simpler-rules.js'

const USAGE = `npm run corpus -- [--engine sqlite|postgres] [--warm-up <requests>] [--json] [--failures] [--aside]
  --engine    one of them; both unless told
  --warm-up   interleaved requests between the cold run and the warm one; 0: cold only [1000]
  --json      figures as JSON
  --failures  name the cases that fail; not those set aside
  --aside     with --failures: those too. For final figures only: not while a detector is tuned`

const { values: flags } = parseArgs({
  options: {
    engine: { type: 'string' },
    'warm-up': { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
    failures: { type: 'boolean', default: false },
    aside: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const postgresUrl = process.env.SILK_TEST_POSTGRES_URL || 'postgres://root@127.0.0.1:5432/test'
const markers = readMarkers()

if (flags.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const measured: Measured[] = []
  for (const engine of await engines()) measured.push(...(await measure(engine)))
  if (flags.json) console.log(JSON.stringify(toJson(measured), null, 2))
  else printReport(measured, flags)
  if (measured.some(({ broken }) => broken.length > 0)) process.exitCode = 1
}

async function engines(): Promise<readonly EngineName[]> {
  if (flags.engine === 'sqlite') return ['SQLite']
  if (flags.engine === 'postgres') return ['PostgreSQL']
  if (flags.engine !== undefined) throw new Error(`--engine is sqlite or postgres, not ${flags.engine}`)
  const client = new pg.Client({ connectionString: postgresUrl, connectionTimeoutMillis: 3_000 })
  try {
    await client.connect()
    await client.end()
    return ['SQLite', 'PostgreSQL']
  } catch (error) {
    console.error(`Without PostgreSQL, which did not answer (${error}). SILK_TEST_POSTGRES_URL says where it is.`)
    return ['SQLite']
  }
}

/** The first request to each route; then, after the warm-up, one more. */
async function measure(engine: EngineName): Promise<readonly Measured[]> {
  const cases = CASES.filter((corpusCase) => corpusCase.engines?.includes(engine) ?? true)
  const warmUps = Number(flags['warm-up'])
  const recorder = await startRecorder({ engine, postgresUrl, cases })
  try {
    const cold = measuredOf(engine, 'cold', await runAll(cases))
    if (warmUps === 0) return [cold]
    // In turn, so that requests to one route are never next to each other.
    for (let at = 0; at < warmUps; at++) await recorder.run(cases[at % cases.length] as CorpusCase)
    return [cold, measuredOf(engine, `after ${warmUps}`, await runAll(cases))]
  } finally {
    await recorder.close()
  }

  async function runAll(all: readonly CorpusCase[]): Promise<readonly CaseRun[]> {
    const runs: CaseRun[] = []
    for (const corpusCase of all) runs.push(await recorder.run(corpusCase))
    return runs
  }
}

function measuredOf(engine: EngineName, state: string, runs: readonly CaseRun[]): Measured {
  return {
    engine,
    state,
    broken: runs.filter(({ status }) => status !== 200),
    verdicts: runs.map(({ corpusCase, recording }) =>
      judge(corpusCase, analyze(recording, detectionFor(corpusCase)).map(saidBySilk), markers),
    ),
    rules: new Map(
      SIMPLER_RULES.map(({ name, apply }) => [
        name,
        runs.map((run) => judgeSimpler(run.corpusCase, apply(run), markers)),
      ]),
    ),
  }
}

function toJson(measured: readonly Measured[]): object {
  return {
    cases: CASES.length,
    nearMisses: CASES.filter(isNearMiss).length,
    aside: CASES.filter(({ name }) => isAside(name)).length,
    measured: measured.map(({ engine, state, broken, verdicts, rules }, index) => ({
      engine,
      state,
      broken: broken.map(({ corpusCase }) => corpusCase.name),
      ...(state !== 'cold' && { changed: changedSince(measured[index - 1], measured[index] as Measured) }),
      all: bothFigures(verdicts),
      kinds: Object.fromEntries(LABEL_KINDS.filter(isDetected).map((kind) => [kind, bothFigures(verdicts, kind)])),
      rules: Object.fromEntries([...rules].map(([name, ruled]) => [name, bothFigures(ruled)])),
    })),
  }
}

function bothFigures(
  verdicts: readonly Verdict[],
  kind?: (typeof LABEL_KINDS)[number],
): { readonly all: Figures; readonly aside: Figures } {
  return {
    all: figuresOf(verdicts, kind),
    aside: figuresOf(
      verdicts.filter(({ corpusCase }) => isAside(corpusCase.name)),
      kind,
    ),
  }
}
