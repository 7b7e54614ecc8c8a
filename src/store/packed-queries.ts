import { type CallerFrame, NO_EVIDENCE, type QueryEvidence } from '../model/evidence.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedBinding, RecordedQuery } from '../model/query.js'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { packBinding, type SeenTexts, unpackBinding } from './packed-bindings.js'
import { packColumn, unpackColumn } from './packed-columns.js'

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
const LAYOUT = 4
/**
 * Columns of each layout: 2 added the size of results, 3 the kinds of finding that a query is none of, 4 the texts of
 * call paths, before the columns.
 */
const COLUMN_COUNTS: Readonly<Record<number, number>> = { 1: 13, 2: 14, 3: 15, 4: 15 }
const COLUMN_COUNT = 15
const MAX_PATHS = 1_000

const scratch = new ByteWriter(16 * 1024)

/**
 * Packs the queries of one recording into one value: a dictionary of shapes, then column after column.
 *
 * 101 queries of an N+1 with one small binding each take about 0.5 kB. Times are rounded to microseconds.
 */
export function packQueries(
  queries: readonly RecordedQuery[],
  shapeOf: (query: RecordedQuery) => QueryShape,
  pathIdOf: (callers: readonly CallerFrame[]) => number | null = () => null,
): Buffer {
  const shapes = new Map<QueryShape, number>()
  const texts = new Map<string, number>()
  const columns = columnsOf(
    queries,
    (query) => numberOf(shapes, shapeOf(query)),
    (text) => numberOf(texts, text),
  )
  scratch.reset()
  scratch.byte(LAYOUT)
  scratch.unsigned(queries.length)
  // The columns number the texts, so the connections must be numbered before the texts are written.
  const connections = [...shapes.keys()].map((shape) => numberOf(texts, shape.connection))
  scratch.unsigned(texts.size)
  for (const text of texts.keys()) scratch.text(text)
  scratch.unsigned(shapes.size)
  let at = 0
  for (const shape of shapes.keys()) packShape(scratch, shape, connections[at++] ?? 0)
  packPaths(scratch, queries, pathIdOf)
  for (const column of columns) packColumn(scratch, column)
  const seen: SeenTexts = new Map()
  for (const query of queries) for (const value of query.bindings ?? []) packBinding(scratch, value, seen)
  return scratch.take()
}

/** Reads back what `packQueries` wrote. Throws a RangeError when the value is damaged or of an unknown layout. */
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

const KEPT_ROWS = 1_000
/** All columns, one after the other: used again for each recording, since they are packed one at a time. */
const keptCells = new Float64Array(COLUMN_COUNT * KEPT_ROWS)

function columnsOf(
  queries: readonly RecordedQuery[],
  shapeNumber: (query: RecordedQuery) => number,
  textNumber: (text: string) => number,
): Float64Array[] {
  const count = queries.length
  const cells = count <= KEPT_ROWS ? keptCells : new Float64Array(COLUMN_COUNT * count)
  let row = 0
  let expectedStartUs = 0
  let before: Pick<RecordedQuery, 'index' | 'bindingSet' | 'keyBindingSet'> = START
  for (const query of queries) {
    const startUs = toUs(query.startMs)
    const durationUs = optionalUs(query.durationMs)
    cells[row] = shapeNumber(query)
    // Queries in a row start a little after the end of the one before: a small number.
    cells[row + count] = startUs - expectedStartUs
    cells[row + 2 * count] = durationUs
    cells[row + 3 * count] = optionalUs(query.poolWaitMs)
    cells[row + 4 * count] = query.rowCount === null ? 0 : optional(whole(query.rowCount))
    cells[row + 5 * count] = optionalText(query.transactionId, textNumber)
    cells[row + 6 * count] = optionalText(query.error, textNumber)
    cells[row + 7 * count] = query.late ? 1 : 0
    cells[row + 8 * count] = query.index - before.index
    cells[row + 9 * count] = query.bindingSet - before.bindingSet
    cells[row + 10 * count] = query.keyBindingSet - before.keyBindingSet
    cells[row + 11 * count] = query.bindings === null ? 0 : query.bindings.length + 1
    cells[row + 12 * count] = query.callPath
    cells[row + 13 * count] = query.resultBytes === null ? 0 : optional(whole(query.resultBytes))
    cells[row + 14 * count] = optionalText(ignoredOf(query), textNumber)
    expectedStartUs = startUs + (required(durationUs) ?? 0)
    before = query
    row++
  }
  return times(COLUMN_COUNT, (column) => cells.subarray(column * count, (column + 1) * count))
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
const START = { index: -1, bindingSet: -1, keyBindingSet: -1 }

/** Ids of texts by the number of the call path. What is beyond the bound has none. */
function packPaths(
  writer: ByteWriter,
  queries: readonly RecordedQuery[],
  pathIdOf: (callers: readonly CallerFrame[]) => number | null,
): void {
  const ids: number[] = []
  for (const { callPath, evidence } of queries) {
    if (callPath !== ids.length || callPath >= MAX_PATHS) continue
    // Paths are numbered in the order in which they appear.
    ids.push(pathIdOf(evidence.callers) ?? 0)
  }
  writer.unsigned(ids.length)
  for (const id of ids) writer.unsigned(id)
}

function packShape(writer: ByteWriter, shape: QueryShape, connection: number): void {
  writer.unsigned(shape.textId)
  writer.unsigned(shape.statementId)
  writer.unsigned(connection)
  writer.byte(shape.callSiteId === null ? 0 : shape.inferred ? 2 : 1)
  if (shape.callSiteId !== null) writer.unsigned(shape.callSiteId)
}

function unpackShape(reader: ByteReader, texts: readonly string[]): QueryShape {
  const textId = reader.unsigned()
  const statementId = reader.unsigned()
  const connection = texts[reader.unsigned()] ?? ''
  const site = reader.byte()
  return { textId, statementId, connection, callSiteId: site === 0 ? null : reader.unsigned(), inferred: site === 2 }
}

function optionalUs(ms: number | null): number {
  return ms === null ? 0 : optional(toUs(ms))
}

/** Kinds by a space; `null`: none, as nearly always. */
function ignoredOf({ evidence: { ignoredKinds } }: RecordedQuery): string | null {
  return ignoredKinds.length === 0 ? null : ignoredKinds.join(' ')
}

function optionalText(text: string | null, textNumber: (text: string) => number): number {
  return text === null ? 0 : textNumber(text) + 1
}

/** `null` is 0, so other values move up by one; negative ones stay. */
function optional(value: number): number {
  return value < 0 ? value : value + 1
}

function required(value: number): number | null {
  if (value === 0) return null
  return value < 0 ? value : value - 1
}

/** Whole microseconds. What is no finite number cannot be packed and becomes 0. */
function toUs(ms: number): number {
  return whole(ms * 1000)
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0
}

function times<T>(count: number, make: (at: number) => T): T[] {
  const made: T[] = []
  for (let at = 0; at < count; at++) made.push(make(at))
  return made
}
