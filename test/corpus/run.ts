import '../support/sqlite-on-new-node.mjs'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { Occurrence } from '../../src/model/finding.js'
import { analyzeRun } from './analyze-run.js'
import { CASES } from './cases/index.js'
import { type CorpusCase, isAside, isNearMiss, isVariant, LABEL_KINDS, type LabelKind } from './corpus-case.js'
import { checkFix, type FixCheck } from './fixes/check-fix.js'
import { type FixFigures, fixFiguresOf, reasonsOf } from './fixes/fix-figures.js'
import { type Figures, figuresOf, isDetected, judge, judgeSimpler, saidBySilk, type Verdict } from './judge.js'
import type { EngineName } from './library.js'
import { type Markers, readMarkers } from './markers.js'
import { inParts } from './parts.js'
import { type CaseRecorder, type CaseRun, startRecorder } from './record.js'
import { changedSince, coldOf, type Measured, printReport } from './report.js'
import { SIMPLER_RULES } from './simpler-rules.js'
import { runSteadily } from './steady-run.js'
import { loadVariants } from './variants/variants.js'

const USAGE = `npm run corpus -- [--engine sqlite|postgres] [--warm-up <requests>] [--no-variants] [--json] [--failures] [--aside]
  --engine    one of them; both unless told
  --warm-up   interleaved requests between the cold run and the warm one; 0: cold only [1000]
  --no-variants  the hand-written cases alone
  --json      figures as JSON
  --failures  name the cases that fail; not those set aside
  --aside     with --failures: those too. For final figures only: not while a detector is tuned`

const { values: flags } = parseArgs({
  options: {
    engine: { type: 'string' },
    'warm-up': { type: 'string', default: '1000' },
    'no-variants': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    failures: { type: 'boolean', default: false },
    aside: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const postgresUrl = process.env.SILK_TEST_POSTGRES_URL || 'postgres://root@127.0.0.1:5432/test'

if (flags.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const cases = [...CASES, ...(flags['no-variants'] ? [] : await loadVariants())]
  const markers = readMarkers({ generated: !flags['no-variants'] })
  const measured: Measured[] = []
  for (const engine of await engines()) measured.push(...(await measure(engine, cases, markers)))
  if (flags.json) console.log(JSON.stringify(toJson(measured, cases), null, 2))
  else printReport(measured, { ...flags, cases })
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
async function measure(engine: EngineName, all: readonly CorpusCase[], markers: Markers): Promise<readonly Measured[]> {
  const cases = all.filter((corpusCase) => corpusCase.engines?.includes(engine) ?? true)
  const warmUps = Number(flags['warm-up'])
  const recorder = await startRecorder({ engine, postgresUrl, cases })
  let disturbedCount = 0
  try {
    const coldRuns = (await runAll(cases)).map(analysed)
    const cold = measuredOf(engine, 'cold', coldRuns, markers, await checkFixes(recorder, coldRuns))
    if (warmUps === 0) return [cold]
    // In turn, so that requests to one route are never next to each other.
    for (let at = 0; at < warmUps; at++) await recorder.run(cases[at % cases.length] as CorpusCase)
    return [cold, measuredOf(engine, `after ${warmUps}`, (await runAll(cases)).map(analysed), markers)]
  } finally {
    if (disturbedCount > 0)
      console.error(`${engine}: ${disturbedCount} cases were asked again, since the machine was slow.`)
    await recorder.close()
  }

  function verdictOf(run: CaseRun): Verdict {
    return judge(run.corpusCase, analyzeRun(run).map(saidBySilk), markers)
  }

  async function runAll(all: readonly CorpusCase[]): Promise<readonly CaseRun[]> {
    const runs: CaseRun[] = []
    for (const corpusCase of all) {
      const { run, runCount } = await runSteadily(recorder, corpusCase, verdictOf)
      if (runCount > 1) disturbedCount++
      runs.push(run)
    }
    return runs
  }
}

interface AnalysedRun {
  readonly run: CaseRun
  readonly occurrences: readonly Occurrence[]
}

function analysed(run: CaseRun): AnalysedRun {
  return { run, occurrences: analyzeRun(run) }
}

/** Of each finding that suggests code. */
async function checkFixes(recorder: CaseRecorder, runs: readonly AnalysedRun[]): Promise<readonly FixCheck[]> {
  const checks: FixCheck[] = []
  for (const { run, occurrences } of runs) {
    for (const occurrence of occurrences) {
      const check = await checkFix(run, occurrence, recorder.inFirstState)
      if (check !== null) checks.push(check)
    }
  }
  return checks
}

function measuredOf(
  engine: EngineName,
  state: string,
  analysedRuns: readonly AnalysedRun[],
  markers: Markers,
  fixes: readonly FixCheck[] = [],
): Measured {
  const runs = analysedRuns.map(({ run }) => run)
  return {
    engine,
    state,
    broken: runs.filter(({ status }) => status !== 200),
    verdicts: analysedRuns.map(({ run, occurrences }) => judge(run.corpusCase, occurrences.map(saidBySilk), markers)),
    fixes,
    rules: new Map(
      SIMPLER_RULES.map(({ name, apply }) => [
        name,
        runs.map((run) => judgeSimpler(run.corpusCase, apply(run), markers)),
      ]),
    ),
  }
}

function toJson(measured: readonly Measured[], cases: readonly CorpusCase[]): object {
  const written = cases.filter((one) => !isVariant(one))
  return {
    cases: written.length,
    nearMisses: written.filter(isNearMiss).length,
    aside: written.filter(({ name }) => isAside(name)).length,
    variants: cases.length - written.length,
    measured: measured.map((one) => ({
      engine: one.engine,
      state: one.state,
      broken: one.broken.map(({ corpusCase }) => corpusCase.name),
      ...(one.state !== 'cold' && { changed: changedSince(coldOf(measured, one), one) }),
      silk: figuresInParts(one.verdicts),
      fixes: fixFiguresInParts(one.fixes),
      fixesOfKinds: Object.fromEntries(
        LABEL_KINDS.filter(isDetected).map((kind) => [
          kind,
          fixFiguresInParts(one.fixes.filter((fix) => fix.kind === kind)),
        ]),
      ),
      fixesNotRun: Object.fromEntries(reasonsOf(one.fixes)),
      kinds: Object.fromEntries(
        LABEL_KINDS.filter(isDetected).map((kind) => [kind, figuresInParts(one.verdicts, kind)]),
      ),
      rules: Object.fromEntries([...one.rules].map(([name, ruled]) => [name, figuresInParts(ruled)])),
    })),
  }
}

/** By the part's name. */
function figuresInParts(verdicts: readonly Verdict[], kind?: LabelKind): Readonly<Record<string, Figures>> {
  return Object.fromEntries(inParts(verdicts).map(([name, part]) => [name, figuresOf(part, kind)]))
}

function fixFiguresInParts(checks: readonly FixCheck[]): Readonly<Record<string, FixFigures>> {
  return Object.fromEntries(inParts(checks).map(([name, part]) => [name, fixFiguresOf(part)]))
}
