import type { Detector, Fix, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { tablesOf } from '../../sql/tables.js'
import { findingKey } from '../finding-key.js'
import { joinLoops, type LoopPart } from '../one-loop.js'
import { findParent } from '../parent-query.js'
import { timesOfBatched } from '../repeat-times.js'
import { groupBySite, isFromOnePath, type Repeats } from '../repeats.js'

export interface WriteLoopSettings {
  /** Writes from which on a loop is a finding. */
  readonly threshold: number
}

/**
 * One INSERT, UPDATE or DELETE from one call site, `threshold` times or more within a recording, each for one row or
 * with a different key: rows written one at a time. A loop with several writes for each item is one finding
 * (`one-loop.ts`).
 *
 * What is no loop: inserts of several rows each (`batchInsert` and its chunks), updates and deletes that differ in a
 * list alone (chunks of a `whereIn`), failed ones, the same write from several call sites, and a helper that as many
 * lines call once each.
 */
export function writeLoop({ threshold }: WriteLoopSettings): Detector {
  return (recording) => {
    const parts = groupBySite(recording.queries.filter(isSingleWrite), threshold)
      .map((repeats) => ({ repeats, differentCount: new Set(repeats.map((query) => query.keyBindingSet)).size }))
      .filter(({ repeats, differentCount }) => isInsert(repeats) || differentCount >= threshold)
      .filter(({ repeats }) => isFromOnePath(repeats, threshold))
      .map((part) => ({ ...part, parent: findParent(recording.queries, part.repeats, part.repeats.length) }))
    return joinLoops(parts).map((loop) => describe(recording, loop))
  }
}

function isSingleWrite({ operation, error, rowCount }: RecordedQuery): boolean {
  if (error !== null) return false
  return operation === 'update' || operation === 'delete' || (operation === 'insert' && (rowCount ?? 1) <= 1)
}

function isInsert(repeats: Repeats): boolean {
  return repeats[0]?.operation === 'insert'
}

/** @param parts the writes of one loop, in the order of its body */
function describe(recording: Recording, parts: readonly LoopPart[]): Occurrence {
  const groups = parts.map(({ repeats }) => repeats)
  const firsts = groups.map((repeats) => repeats[0] as RecordedQuery)
  const queries = groups.flat().sort((a, b) => a.index - b.index)
  const statements = firsts.map(({ fingerprintText }) => fingerprintText)
  const [{ callSite }] = firsts as [RecordedQuery]
  return {
    findingKey: findingKey({ kind: 'write-loop', statements, callSite, request: recording.request }),
    kind: 'write-loop',
    message: `${queries.length} of ${recording.queryCount} queries are ${whatOf(firsts)}, one row at a time`,
    statements,
    fingerprints: firsts.map(({ fingerprint }) => fingerprint),
    count: queries.length,
    queryIndexes: queries.map(({ index }) => index),
    callSite,
    parent: parts[0]?.parent ?? null,
    ...timesOfBatched(groups),
    fix: fixOf(recording, groups),
  }
}

const VERBS = { insert: 'inserts into', update: 'updates of', delete: 'deletes from' } as const

type Write = keyof typeof VERBS

function whatOf(firsts: readonly RecordedQuery[]): string {
  const [first] = firsts as [RecordedQuery]
  if (firsts.length > 1) return `${firsts.length} writes, sent again and again`
  const table = tableOf(first)
  return table === null ? `${first.operation}s` : `${VERBS[first.operation as Write]} \`${table}\``
}

function tableOf({ fingerprintText }: RecordedQuery): string | null {
  return tablesOf(fingerprintText)[0] ?? null
}

function fixOf(recording: Recording, groups: readonly Repeats[]): Fix {
  const repeatedCount = groups.reduce((sum, repeats) => sum + repeats.length, 0)
  const leftCount = recording.queryCount - repeatedCount + groups.length
  const effect = `${leftCount === 1 ? '1 query' : `${leftCount} queries`} instead of ${recording.queryCount}`
  const [[first]] = groups as [[RecordedQuery]]
  if (groups.length > 1)
    return { summary: `Gather the rows and send one statement for each write: ${effect}.`, code: null }
  if (first.operation === 'insert') return insertFix(first, effect)
  if (first.operation === 'delete') return { summary: `Delete them with one \`whereIn(…)\`: ${effect}.`, code: null }
  return {
    summary:
      `Where the new values are alike, update them with one \`whereIn(…).update(…)\`; else send all rows in one ` +
      `\`insert([…]).onConflict(…).merge()\`: ${effect}.`,
    code: null,
  }
}

function insertFix(first: RecordedQuery, effect: string): Fix {
  const table = tableOf(first)
  const isUpsert = / on (?:conflict|duplicate key) /.test(first.fingerprintText)
  return {
    summary: `Insert them with one \`insert([…])\`: ${effect}; for thousands of rows, \`batchInsert\`.`,
    // What follows insert() of an upsert is the app's own choice.
    code:
      table === null || isUpsert
        ? null
        : `await ${first.transactionId === null ? 'knex' : 'trx'}('${table}').insert(rows)`,
  }
}
