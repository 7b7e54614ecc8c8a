import { NO_EVIDENCE, type QueryEvidence } from '../model/evidence.js'
import type { RecordedBinding, RecordedQuery } from '../model/query.js'
import { ByteReader } from './byte-reader.js'
import { unpackBinding } from './packed-bindings.js'
import { unpackColumn } from './packed-columns.js'

/** What many queries of a recording have in common. The texts themselves are stored once, elsewhere. */
export interface QueryShape {
  /** Id of the SQL as sent. */
  readonly textId: number
  /** Id of the fingerprint. */
  readonly statementId: number
  /** `null`: the call site is not known. */
  readonly callSiteId: number | null
  readonly inferred: boolean
  readonly connection: string
}

/** A query as it comes back: texts still as ids. Times are milliseconds, right to the microsecond. */
export interface UnpackedQuery
  extends Omit<
    RecordedQuery,
    'statement' | 'fingerprint' | 'fingerprintText' | 'operation' | 'connection' | 'callSite' | 'spanIndex'
  > {
  readonly shape: QueryShape
  /** Id of its call path's text; `null`: none is kept. */
  readonly pathId: number | null
}

/** First byte of a packed value: raised when the layout changes, so that older values stay readable. */
export const LAYOUT = 4
/**
 * Columns of each layout: 2 added the size of results, 3 the kinds of finding that a query is none of, 4 the texts of
 * call paths, before the columns.
 */
const COLUMN_COUNTS: Readonly<Record<number, number>> = { 1: 13, 2: 14, 3: 15, 4: 15 }
export const COLUMN_COUNT = 15

/** Reads back what `pack-queries.ts` wrote. Throws a RangeError when the value is damaged or of an unknown layout. */
export function unpackQueries(packed: Uint8Array): UnpackedQuery[] {
  const reader = new ByteReader(packed)
  const layout = reader.byte()
  const columnCount = COLUMN_COUNTS[layout]
  if (columnCount === undefined) throw new RangeError(`Packed queries of layout ${layout}, expected 1 to ${LAYOUT}.`)
  const count = reader.unsigned()
  const texts = times(reader.unsigned(), () => reader.text())
  const shapes = times(reader.unsigned(), () => unpackShape(reader, texts))
  const paths = layout < 4 ? [] : times(reader.unsigned(), () => reader.unsigned())
  const columns = times(columnCount, () => unpackColumn(reader, count))
  return assemble(count, columns, { shapes, texts, paths }, reader)
}

interface Dictionaries {
  readonly shapes: readonly QueryShape[]
  readonly texts: readonly string[]
  /** By the number of the call path; 0: not kept. */
  readonly paths: readonly number[]
}

function assemble(
  count: number,
  columns: readonly (readonly number[])[],
  { shapes, texts, paths }: Dictionaries,
  reader: ByteReader,
): UnpackedQuery[] {
  const cell = (column: number, row: number): number => columns[column]?.[row] ?? 0
  const textOf = (number: number): string | null => (number === 0 ? null : (texts[number - 1] ?? ''))
  const seen: string[] = []
  let expectedStartUs = 0
  let { index, bindingSet, keyBindingSet } = START
  return times(count, (row) => {
    const shape = shapes[cell(0, row)]
    if (shape === undefined) throw new RangeError('A packed query names a shape that is not there.')
    const startUs = expectedStartUs + cell(1, row)
    const durationUs = required(cell(2, row))
    const poolWaitUs = required(cell(3, row))
    const bindingCount = cell(11, row)
    index += cell(8, row)
    bindingSet += cell(9, row)
    keyBindingSet += cell(10, row)
    expectedStartUs = startUs + (durationUs ?? 0)
    return {
      shape,
      pathId: paths[cell(12, row)] || null,
      index,
      bindings: bindingCount === 0 ? null : times(bindingCount - 1, (): RecordedBinding => unpackBinding(reader, seen)),
      transactionId: textOf(cell(5, row)),
      startMs: startUs / 1000,
      durationMs: durationUs === null ? null : durationUs / 1000,
      poolWaitMs: poolWaitUs === null ? null : poolWaitUs / 1000,
      rowCount: required(cell(4, row)),
      error: textOf(cell(6, row)),
      late: cell(7, row) === 1,
      bindingSet,
      keyBindingSet,
      callPath: cell(12, row),
      // 0 where the layout has no such column.
      resultBytes: required(cell(13, row)),
      evidence: evidenceOf(textOf(cell(14, row))),
    }
  })
}

/** Detectors that look through history have to know what the app said; the rest is for those before storing. */
function evidenceOf(ignored: string | null): QueryEvidence {
  if (ignored === null) return NO_EVIDENCE
  return { ...NO_EVIDENCE, ignoredKinds: ignored.split(' ') as QueryEvidence['ignoredKinds'] }
}

/** As if a query numbered -1 stood before the first, so that ordinary numbering is a run of ones. */
export const START = { index: -1, bindingSet: -1, keyBindingSet: -1 }

function unpackShape(reader: ByteReader, texts: readonly string[]): QueryShape {
  const textId = reader.unsigned()
  const statementId = reader.unsigned()
  const connection = texts[reader.unsigned()] ?? ''
  const site = reader.byte()
  return { textId, statementId, connection, callSiteId: site === 0 ? null : reader.unsigned(), inferred: site === 2 }
}

export function required(value: number): number | null {
  if (value === 0) return null
  return value < 0 ? value : value - 1
}

function times<T>(count: number, make: (at: number) => T): T[] {
  const made: T[] = []
  for (let at = 0; at < count; at++) made.push(make(at))
  return made
}
