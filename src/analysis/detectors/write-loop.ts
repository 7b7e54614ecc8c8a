import type { Detector, Fix } from '../../model/finding.js'
import type { RecordedQuery } from '../../model/query.js'
import type { Recording } from '../../model/recording.js'
import { keyedWriteOf } from '../../sql/keyed-write.js'
import { tablesOf } from '../../sql/tables.js'
import { areWritable, quote } from '../knex-code.js'
import { batchedEffect, firstsOf, type Loop, loopOccurrences } from '../loops.js'
import type { SettingsOf } from '../settings.js'

/**
 * One INSERT, UPDATE or DELETE from one call site, `threshold` times or more within a recording, each for one row or
 * with a different key: rows written one at a time. A loop with several writes for each item is one finding
 * (`one-loop.ts`).
 *
 * What is no loop: inserts of several rows each (`batchInsert` and its chunks), updates and deletes that differ in a
 * list alone (chunks of a `whereIn`), one row that is written again and again (`differing.ts`), ranges, tries, and tasks
 * that are taken one at a time (`no-loops.ts`), failed ones, the same write from several call sites, and a helper that as
 * many lines call once each.
 */
export function writeLoop({ threshold }: SettingsOf<'writeLoop'>): Detector {
  return (recording) =>
    loopOccurrences(
      recording,
      {
        threshold,
        isCandidate: isSingleWrite,
        isCompanion: isWrite,
        // Each insert makes a row, also where the rows are alike.
        mustDiffer: ([first]) => first?.operation !== 'insert' || isInsertOfRowsFound(first.fingerprintText),
      },
      (loop) => ({
        kind: 'write-loop',
        what: `${whatOf(firstsOf(loop))}, one row at a time`,
        fix: fixOf(recording, loop),
      }),
    )
}

/** `insert into … select … from …`: how many rows it makes says how many it found. */
function isInsertOfRowsFound(text: string): boolean {
  const select = /^(?:insert|replace)\b/.test(text) ? text.indexOf(' select ') : -1
  return select !== -1 && text.indexOf(' from ', select + ' select'.length) !== -1
}

function isSingleWrite(query: RecordedQuery): boolean {
  return isWrite(query) && (query.operation !== 'insert' || (query.rowCount ?? 1) <= 1)
}

function isWrite({ operation, error }: RecordedQuery): boolean {
  return error === null && (operation === 'insert' || operation === 'update' || operation === 'delete')
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

function fixOf(recording: Recording, loop: Loop): Fix {
  const effect = batchedEffect(recording, loop)
  const [first] = firstsOf(loop)
  if (loop.length > 1) {
    return { summary: `Gather the rows and send one statement for each write: ${effect}.`, code: null }
  }
  if (first.operation === 'insert') return insertFix(first, effect)
  if (first.operation === 'delete') {
    return { summary: `Delete them with one \`whereIn(…)\`: ${effect}.`, code: deleteCode(first) }
  }
  return {
    summary:
      `Where the new values are alike, update them with one \`whereIn(…).update(…)\`; else send all rows in one ` +
      `\`insert([…]).onConflict(…).merge()\`: ${effect}.`,
    code: null,
  }
}

function deleteCode({ fingerprintText, transactionId }: RecordedQuery): string | null {
  const write = keyedWriteOf(fingerprintText)
  if (write === null || !areWritable([...write.table.split('.'), write.column])) return null
  const knex = transactionId === null ? 'knex' : 'trx'
  const { table, column } = write
  return [
    `// values: what the loop passes for ${column}, one after the other. ${knex}: what it sends the queries with.`,
    `await ${knex}(${quote(table)}).whereIn(${quote(column)}, values).delete()`,
  ].join('\n')
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
