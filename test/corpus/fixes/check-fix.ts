import type { Knex } from 'knex'
import type { Occurrence } from '../../../src/model/finding.js'
import type { CorpusCase } from '../corpus-case.js'
import type { Library } from '../library.js'
import type { CaseRun } from '../record.js'
import { sentByIndex } from '../sent-queries.js'
import { type Answer, comparisonFor } from './comparisons.js'
import { readFixCode, runFixCode } from './fix-code.js'
import { contentsOf, sendAgain } from './rows.js'
import { givenTo, KNEX, NotRun, type Suggestion } from './suggestion.js'

/** What came of suggested code when it was run. */
export interface FixCheck {
  readonly corpusCase: CorpusCase
  readonly kind: string
  readonly code: string
  /** `same`: it gives the rows that the queries gave; `other`: other rows, or an error. */
  readonly outcome: 'same' | 'other' | 'not run'
  /** Why it was not run, or what was different. */
  readonly reason: string | null
}

/** Gives work the library as it is when a request to the case comes. */
export type InFirstState = <R>(corpusCase: CorpusCase, work: (library: Library) => Promise<R>) => Promise<R>

/**
 * Runs the code that a finding suggests on the database that the request had, and the request's own queries too, and
 * compares what they give. What the code takes from the app is what the request really passed. Nothing is kept of it.
 *
 * @returns `null`: the finding suggests no code
 */
export async function checkFix(
  run: CaseRun,
  occurrence: Occurrence,
  inFirstState: InFirstState,
): Promise<FixCheck | null> {
  const code = occurrence.fix?.code ?? null
  if (code === null) return null
  const about = { corpusCase: run.corpusCase, kind: occurrence.kind, code }
  try {
    const difference = await differenceOf(suggestionOf(run, occurrence, code), inFirstState)
    return { ...about, outcome: difference === null ? 'same' : 'other', reason: difference }
  } catch (error) {
    if (!(error instanceof NotRun)) throw error
    return { ...about, outcome: 'not run', reason: error.message }
  }
}

function suggestionOf(run: CaseRun, occurrence: Occurrence, code: string): Suggestion {
  const sent = sentByIndex(run)
  const [firstIndex = 0] = occurrence.queryIndexes
  const queries = occurrence.queryIndexes.flatMap((index) => sent.get(index) ?? [])
  if (queries.length < occurrence.queryIndexes.length)
    throw new NotRun('not all of its queries were seen at the driver')
  const writesBefore = run.recording.queries
    .filter(({ index, error }) => index < firstIndex && error === null)
    .filter(({ operation }) => operation !== 'select' && operation !== 'transaction')
    .flatMap(({ index }) => sent.get(index) ?? [])
  return { run, occurrence, code: readFixCode(code), queries, writesBefore }
}

/** `null`: none. */
async function differenceOf(suggestion: Suggestion, inFirstState: InFirstState): Promise<string | null> {
  const { occurrence, run } = suggestion
  const [first = 0] = occurrence.queryIndexes
  const isWrite = run.recording.queries[first]?.operation !== 'select'
  return isWrite
    ? await differenceOfWrites(suggestion, inFirstState)
    : await inFirstState(run.corpusCase, ({ db }) => rolledBack(db, (trx) => differenceOfReads(suggestion, trx)))
}

/** The tables must have the same in them. */
async function differenceOfWrites(suggestion: Suggestion, inFirstState: InFirstState): Promise<string | null> {
  const { run, code, queries, writesBefore } = suggestion
  // From the first state each time, so that new rows get the same ids.
  const contentsAfter = (work: (trx: Knex.Transaction) => Promise<unknown>): Promise<string> =>
    inFirstState(run.corpusCase, ({ db, tables }) =>
      rolledBack(db, async (trx) => {
        for (const query of writesBefore) await sendAgain(trx, query)
        await work(trx)
        return await contentsOf(trx, tables)
      }),
    )
  const expected = await contentsAfter(async (trx) => {
    for (const query of queries) await sendAgain(trx, query)
  }).catch((error: unknown) => {
    throw new NotRun(`its queries cannot be sent again: ${error}`)
  })
  const given = givenTo(suggestion)
  try {
    const found = await contentsAfter((trx) => runFixCode(code, withKnex(given, trx)))
    return found === expected ? null : 'other contents of the tables'
  } catch (error) {
    return String(error)
  }
}

/** What the code declares must be what the queries answer. */
async function differenceOfReads(suggestion: Suggestion, trx: Knex.Transaction): Promise<string | null> {
  const given = givenTo(suggestion)
  const compare = comparisonFor(suggestion.code)
  for (const query of suggestion.writesBefore) await sendAgain(trx, query)
  const answers: Answer[] = []
  for (const query of suggestion.queries) answers.push({ query, rows: await sendAgain(trx, query) })
  try {
    return await compare(await runFixCode(suggestion.code, withKnex(given, trx)), { suggestion, answers })
  } catch (error) {
    return String(error)
  }
}

async function rolledBack<R>(db: Knex, work: (trx: Knex.Transaction) => Promise<R>): Promise<R> {
  const trx = await db.transaction()
  try {
    return await work(trx)
  } finally {
    await trx.rollback()
  }
}

function withKnex(given: ReadonlyMap<string, unknown>, trx: Knex.Transaction): ReadonlyMap<string, unknown> {
  return new Map([...given, ...KNEX.map((name) => [name, trx] as const)])
}
