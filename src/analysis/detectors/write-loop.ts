import type { Detector, Fix, Occurrence } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { tablesOf } from '../../sql/tables.js'
import { findingKey } from '../finding-key.js'
import { findParent } from '../parent-query.js'
import { timesOfBatched } from '../repeat-times.js'
import { groupBySite, isFromOnePath, type Repeats } from '../repeats.js'

export interface WriteLoopSettings {
  /** Writes from which on a loop is a finding. */
  readonly threshold: number
}

/**
 * One INSERT, UPDATE or DELETE from one call site, `threshold` times or more within a recording, each for one row or
 * with a different key: rows written one at a time.
 *
 * What is no loop: inserts of several rows each (`batchInsert` and its chunks), updates and deletes that differ in a
 * list alone (chunks of a `whereIn`), failed ones, and the same write from several call sites.
 */
export function writeLoop({ threshold }: WriteLoopSettings): Detector {
  return (recording) =>
    groupBySite(recording.queries.filter(isSingleWrite), threshold)
      .filter((repeats) => isFromOnePath(repeats, threshold))
      .filter((repeats) => isInsert(repeats) || new Set(repeats.map((query) => query.keyBindingSet)).size >= threshold)
      .map((repeats) => describe(recording, repeats))
}

function isSingleWrite({ operation, error, rowCount }: RecordedQuery): boolean {
  if (error !== null) return false
  return operation === 'update' || operation === 'delete' || (operation === 'insert' && (rowCount ?? 1) <= 1)
}

function isInsert(repeats: Repeats): boolean {
  return repeats[0]?.operation === 'insert'
}

const VERBS = { insert: 'inserts into', update: 'updates of', delete: 'deletes from' } as const

type Write = keyof typeof VERBS

function describe(recording: Recording, repeats: Repeats): Occurrence {
  const first = repeats[0] as RecordedQuery
  const statements = [first.fingerprintText]
  const [table = null] = tablesOf(first.fingerprintText)
  const write = first.operation as Write
  const what = table === null ? `${write}s` : `${VERBS[write]} \`${table}\``
  return {
    findingKey: findingKey({ kind: 'write-loop', statements, callSite: first.callSite, request: recording.request }),
    kind: 'write-loop',
    message: `${repeats.length} of ${recording.queryCount} queries are ${what}, one row at a time`,
    statements,
    fingerprints: [first.fingerprint],
    count: repeats.length,
    queryIndexes: repeats.map(({ index }) => index),
    callSite: first.callSite,
    parent: findParent(recording.queries, repeats, repeats.length),
    ...timesOfBatched([repeats]),
    fix: fixOf(recording, repeats, write, table),
  }
}

function fixOf(recording: Recording, repeats: Repeats, write: Write, table: string | null): Fix {
  const leftCount = recording.queryCount - repeats.length + 1
  const effect = `${leftCount === 1 ? '1 query' : `${leftCount} queries`} instead of ${recording.queryCount}`
  const knex = repeats[0]?.transactionId === null ? 'knex' : 'trx'
  if (write === 'insert') {
    const isUpsert = / on (?:conflict|duplicate key) /.test(repeats[0]?.fingerprintText ?? '')
    return {
      summary: `Insert them with one \`insert([…])\`: ${effect}; for thousands of rows, \`batchInsert\`.`,
      // What follows insert() of an upsert, and what RETURNING gives back, is the app's own choice.
      code: table === null || isUpsert ? null : `await ${knex}('${table}').insert(rows)`,
    }
  }
  if (write === 'delete') return { summary: `Delete them with one \`whereIn(…)\`: ${effect}.`, code: null }
  return {
    summary:
      `Where the new values are alike, update them with one \`whereIn(…).update(…)\`; else send all rows in one ` +
      `\`insert([…]).onConflict(…).merge()\`: ${effect}.`,
    code: null,
  }
}
