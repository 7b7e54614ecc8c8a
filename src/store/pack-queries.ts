import type { CallerFrame } from '../model/evidence.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import { finish, type Steps } from '../model/steps.js'
import { ByteWriter } from './byte-writer.js'
import { packBinding, type SeenTexts } from './packed-bindings.js'
import { packColumn } from './packed-columns.js'
import { COLUMN_COUNT, LAYOUT, type QueryShape, required, START } from './packed-queries.js'

const MAX_PATHS = 1_000
const KEPT_ROWS = 1_000
/** All columns, one after the other: used again for each recording, since they are packed one at a time. */
const keptCells = new Float64Array(COLUMN_COUNT * KEPT_ROWS)
/** So many at a time: while their code is new, V8 takes some microseconds for each. */
const QUERIES_PER_STEP = 500

const header = new ByteWriter(1024)
const scratch = new ByteWriter(16 * 1024)

/**
 * Packed queries that lack the ids of their texts, which are known when they are written.
 *
 * @typeParam Look what queries of one shape have in common
 */
export interface QueryDraft<Look> {
  readonly count: number
  /** By the numbers in the columns. */
  readonly looks: readonly Look[]
  /** Texts that the columns name by number, to which those of the shapes are added. */
  readonly texts: Map<string, number>
  /** By the number of the call path. */
  readonly paths: readonly (readonly CallerFrame[])[]
  /** The columns, and the bindings. */
  readonly body: Buffer
}

/** Packs the queries of one recording as far as it goes without ids. Of long ones it pauses at each `yield`. */
export function* draftQueries<Look>(
  queries: readonly RecordedQuery[],
  lookOf: (query: RecordedQuery) => Look,
): Steps<QueryDraft<Look>> {
  const isLong = queries.length > KEPT_ROWS
  // What is packed in between must not be written into the same bytes.
  const writer = isLong ? new ByteWriter(queries.length * 8) : scratch
  const cells = isLong ? new Float64Array(COLUMN_COUNT * queries.length) : keptCells
  const looks = new Map<Look, number>()
  const texts = new Map<string, number>()
  const fill = createRowFiller(
    cells,
    queries.length,
    (query) => numberOf(looks, lookOf(query)),
    (text) => numberOf(texts, text),
  )
  writer.reset()
  yield* eachOf(queries, isLong, fill)
  for (let column = 0; column < COLUMN_COUNT; column++) {
    packColumn(writer, cells.subarray(column * queries.length, (column + 1) * queries.length))
    if (isLong) yield
  }
  const seen: SeenTexts = new Map()
  yield* eachOf(queries, isLong, ({ bindings }) => {
    for (const value of bindings ?? []) packBinding(writer, value, seen)
  })
  return { count: queries.length, looks: [...looks.keys()], texts, paths: pathsOf(queries), body: writer.take() }
}

function* eachOf<Item>(items: readonly Item[], isLong: boolean, work: (item: Item) => void): Steps<void> {
  for (let at = 0; at < items.length; at++) {
    work(items[at] as Item)
    if (isLong && at % QUERIES_PER_STEP === QUERIES_PER_STEP - 1) yield
  }
}

/**
 * The queries of one recording as one value: a dictionary of shapes, then column after column.
 *
 * 101 queries of an N+1 with one small binding each take about 0.5 kB. Times are rounded to microseconds.
 */
export function finishQueries<Look>(
  { count, looks, texts, paths, body }: QueryDraft<Look>,
  shapeOf: (look: Look) => QueryShape,
  pathIdOf: (callers: readonly CallerFrame[]) => number | null = () => null,
): Buffer {
  const shapes = looks.map(shapeOf)
  // The columns number the texts, so those of the shapes come behind them.
  const connections = shapes.map((shape) => numberOf(texts, shape.connection))
  header.reset()
  header.byte(LAYOUT)
  header.unsigned(count)
  header.unsigned(texts.size)
  for (const text of texts.keys()) header.text(text)
  header.unsigned(shapes.length)
  shapes.forEach((shape, at) => {
    packShape(header, shape, connections[at] ?? 0)
  })
  header.unsigned(paths.length)
  for (const callers of paths) header.unsigned(pathIdOf(callers) ?? 0)
  header.append(body)
  return header.take()
}

/** Both steps at once. */
export function packQueries(
  queries: readonly RecordedQuery[],
  shapeOf: (query: RecordedQuery) => QueryShape,
  pathIdOf?: (callers: readonly CallerFrame[]) => number | null,
): Buffer {
  return finishQueries(finish(draftQueries(queries, shapeOf)), (shape) => shape, pathIdOf)
}

/** Puts one query after the other into the columns. */
function createRowFiller(
  cells: Float64Array,
  count: number,
  lookNumber: (query: RecordedQuery) => number,
  textNumber: (text: string) => number,
): (query: RecordedQuery) => void {
  let row = 0
  let expectedStartUs = 0
  let before: Pick<RecordedQuery, 'index' | 'bindingSet' | 'keyBindingSet'> = START
  return (query) => {
    const startUs = toUs(query.startMs)
    const durationUs = optionalUs(query.durationMs)
    cells[row] = lookNumber(query)
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
}

/** The callers by the number of the call path. What is beyond the bound has none. */
function pathsOf(queries: readonly RecordedQuery[]): (readonly CallerFrame[])[] {
  const paths: (readonly CallerFrame[])[] = []
  for (const { callPath, evidence } of queries) {
    // Paths are numbered in the order in which they appear.
    if (callPath === paths.length && callPath < MAX_PATHS) paths.push(evidence.callers)
  }
  return paths
}

function packShape(writer: ByteWriter, shape: QueryShape, connection: number): void {
  writer.unsigned(shape.textId)
  writer.unsigned(shape.statementId)
  writer.unsigned(connection)
  writer.byte(shape.callSiteId === null ? 0 : shape.inferred ? 2 : 1)
  if (shape.callSiteId !== null) writer.unsigned(shape.callSiteId)
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

/** Whole microseconds. What is no finite number cannot be packed and becomes 0. */
function toUs(ms: number): number {
  return whole(ms * 1000)
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0
}
