import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyzeRun } from './analyze-run.js'
import { CASES } from './cases/index.js'
import { type CorpusCase, isAside, isNearMiss, isVariant, parentName } from './corpus-case.js'
import { checkFix } from './fixes/check-fix.js'
import { judge, saidBySilk, type Verdict } from './judge.js'
import { readMarkers } from './markers.js'
import { type CaseRecorder, type CaseRun, startRecorder } from './record.js'
import { runSteadily } from './steady-run.js'
import { loadVariants } from './variants/variants.js'

/**
 * Where today's detectors are wrong, by case, with the reason. The labels say what is right: a case leaves this list
 * when a detector says so too, and the test fails while it is here without need.
 */
const KNOWN_MISSES: Readonly<Record<string, string>> = {
  'presence-asked-at-two-moments.noisy':
    'one place asks again a moment later, to see a change; with other reads in between it is taken for a duplicate',
}

/** Where suggested code gives other rows, with the reason. */
const KNOWN_WRONG_FIXES: Readonly<Record<string, string>> = {}

/** Where the verdict is right or wrong by chance, with the reason: these are not judged here. */
const UNSTEADY: Readonly<Record<string, string>> = {}

const variants = await loadVariants()
const markers = readMarkers({ generated: true })
const handWritten = readMarkers()
const onSqlite = [...CASES, ...variants].filter(({ engines }) => engines?.includes('SQLite') ?? true)
const sighted = onSqlite.filter(({ name }) => !isAside(name))

function titled(cases: readonly CorpusCase[]): readonly (readonly [string, CorpusCase])[] {
  return cases.map((corpusCase) => [corpusCase.name, corpusCase])
}

describe('The corpus', () => {
  test('names each case once', () => {
    const names = CASES.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test('marks the line of every labelled finding', () => {
    const places = CASES.flatMap(({ name, findings }) => findings.map(({ at }) => at ?? name))
    expect(places.filter((place) => !handWritten.has(place))).toEqual([])
  })

  test('marks no other line', () => {
    const places = new Set(CASES.flatMap(({ name, findings }) => findings.map(({ at }) => at ?? name)))
    expect([...handWritten.keys()].filter((marker) => !places.has(marker))).toEqual([])
  })

  test('consists of near-misses by half at least', () => {
    expect(CASES.filter(isNearMiss).length / CASES.length).toBeGreaterThanOrEqual(0.5)
  })

  test('has a third set aside, as the hash of the names has it', () => {
    const share = CASES.filter(({ name }) => isAside(name)).length / CASES.length
    expect(share).toBeGreaterThan(0.25)
    expect(share).toBeLessThan(0.42)
  })
})

describe('The variants', () => {
  test('are three hundred and more, of each transformation some', () => {
    const counts = new Map<string, number>()
    for (const { name } of variants) {
      const [, transformation = ''] = name.split('.')
      counts.set(transformation, (counts.get(transformation) ?? 0) + 1)
    }

    expect(variants.length).toBeGreaterThanOrEqual(300)
    expect([...counts.keys()].toSorted()).toEqual(['at-once', 'deeper', 'noisy', 'parallel', 'renamed', 'second-table'])
    expect(Math.min(...counts.values())).toBeGreaterThan(20)
  })

  test('are set aside exactly when the case is that they are made of', () => {
    expect(variants.filter(({ name, parent }) => isAside(name) !== isAside(parent.name))).toEqual([])
  })

  test('have a label as their case has, and a line for each finding', () => {
    const kinds = ({ findings }: CorpusCase): readonly string[] => findings.map(({ kind }) => kind)
    const places = variants.flatMap(({ findings }) => findings.map(({ at = '' }) => at))

    expect(variants.filter((variant) => `${kinds(variant)}` !== `${kinds(variant.parent)}`)).toEqual([])
    expect(places.filter((place) => !markers.has(place))).toEqual([])
  })

  test('are the same when they are made again', async () => {
    const again = await loadVariants()
    expect(again.map(({ name, findings }) => ({ name, findings }))).toEqual(
      variants.map(({ name, findings }) => ({ name, findings })),
    )
    expect(readMarkers({ generated: true })).toEqual(markers)
  })
})

function verdictOf(run: CaseRun): Pick<Verdict, 'missed' | 'wrong'> & { readonly misplaced: Verdict['matches'] } {
  const { matches, missed, wrong } = judge(run.corpusCase, analyzeRun(run).map(saidBySilk), markers)
  return { missed, wrong, misplaced: matches.filter((match) => !match.isLineRight || !match.isCountRight) }
}

describe('Silk on the corpus', () => {
  let recorder: CaseRecorder

  beforeAll(async () => {
    recorder = await startRecorder({ engine: 'SQLite', postgresUrl: '', cases: onSqlite })
  })
  afterAll(() => recorder.close())

  test.each(titled(onSqlite.filter(({ name }) => isAside(name))))('%s answers', async (_name, corpusCase) => {
    const { status, body } = await recorder.run(corpusCase)
    expect({ status, body: status === 200 ? '' : body }).toEqual({ status: 200, body: '' })
  })

  test.each(titled(sighted))('%s is judged as labelled', async (_name, corpusCase) => {
    const { run } = await runSteadily(recorder, corpusCase, verdictOf)
    const verdict = verdictOf(run)
    const { status, body } = run
    expect({ status, body: status === 200 ? '' : body }).toEqual({ status: 200, body: '' })

    const { name } = corpusCase
    if (name in UNSTEADY) return
    if (name in KNOWN_MISSES) expect(verdict).not.toEqual({ missed: [], wrong: [], misplaced: [] })
    // What is wrong with a case may be wrong with its variants too.
    else if (!(parentName(name) in KNOWN_MISSES)) expect(verdict).toEqual({ missed: [], wrong: [], misplaced: [] })
  })

  const written = sighted.filter((corpusCase) => !isVariant(corpusCase) && !isNearMiss(corpusCase))

  test.each(titled(written))('code that is suggested for %s gives the same rows', async (_name, corpusCase) => {
    const run = await recorder.run(corpusCase)
    const wrong: unknown[] = []
    for (const occurrence of analyzeRun(run)) {
      const check = await checkFix(run, occurrence, recorder.inFirstState)
      if (check?.outcome === 'other') wrong.push(check.reason)
    }

    if (corpusCase.name in KNOWN_WRONG_FIXES) expect(wrong).not.toEqual([])
    else expect(wrong).toEqual([])
  })

  test('knows only misses of cases that are there and not set aside', () => {
    const names = sighted.map(({ name }) => name)
    expect(
      Object.keys({ ...KNOWN_MISSES, ...KNOWN_WRONG_FIXES, ...UNSTEADY }).filter((name) => !names.includes(name)),
    ).toEqual([])
  })
})
