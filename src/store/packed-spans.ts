import type { CallSite } from '../model/call-site.js'
import { numberOf } from '../model/numbering.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { type RecordedSpan, SPAN_KINDS, type SpanSum, type SpanTags } from '../model/span.js'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { packColumn, unpackColumn } from './packed-columns.js'
import { toUs } from './rows.js'

/** Spans as they come back, and the span of each query. */
export interface UnpackedSpans extends Pick<Recording, 'spans' | 'spanSums'> {
  /** By the place of the query in the recording. */
  readonly ofQuery: readonly (number | null)[]
}

/** First byte of a packed value: raised when the layout changes, so that older values stay readable. */
const LAYOUT = 1
const scratch = new ByteWriter(4 * 1024)
const NO_TAGS: SpanTags = {}

/** In the order in which they are packed. `null` is 0, so that other values move up by one. */
const COLUMN_COUNT = 12

/**
 * Packs the spans of a recording, and which of them each query was sent in: a list of texts, then column after column.
 *
 * @param siteId of a call site that is stored once
 */
export function packSpans(
  { spans, spanSums }: Pick<Recording, 'spans' | 'spanSums'>,
  queries: readonly RecordedQuery[],
  siteId: (site: CallSite) => number,
): Buffer {
  const texts = new Map<string, number>()
  const textOf = (text: string | null): number => (text === null ? 0 : numberOf(texts, text) + 1)
  const columns = columnsOf(spans, textOf, siteId)
  const sums = spanSums.map((sum) => ({ ...sum, text: textOf(sum.name) }))
  scratch.reset()
  scratch.byte(LAYOUT)
  scratch.unsigned(texts.size)
  for (const text of texts.keys()) scratch.text(text)
  scratch.unsigned(spans.length)
  for (const column of columns) packColumn(scratch, column)
  scratch.unsigned(queries.length)
  packColumn(
    scratch,
    Float64Array.from(queries, ({ spanIndex }) => (spanIndex === null ? 0 : spanIndex + 1)),
  )
  scratch.unsigned(sums.length)
  for (const { kind, text, count, totalMs } of sums) {
    for (const value of [SPAN_KINDS.indexOf(kind), text, count, Math.max(0, toUs(totalMs))]) scratch.unsigned(value)
  }
  return scratch.take()
}

function columnsOf(
  spans: readonly RecordedSpan[],
  textOf: (text: string | null) => number,
  siteId: (site: CallSite) => number,
): readonly Float64Array[] {
  let before = 0
  const rows = spans.map((span) => {
    const startUs = toUs(span.startMs)
    const sinceUs = startUs - before
    before = startUs
    const { callSite, tags } = span
    return [
      SPAN_KINDS.indexOf(span.kind),
      textOf(span.name),
      span.parentIndex === null ? 0 : span.parentIndex + 1,
      sinceUs,
      span.durationMs === null ? 0 : toUs(span.durationMs) + 1,
      span.ownMs === null ? 0 : toUs(span.ownMs) + 1,
      span.queryCount,
      toUs(span.sqlMs),
      textOf(span.error),
      textOf(Object.keys(tags).length === 0 ? null : JSON.stringify(tags)),
      callSite === null ? 0 : siteId(callSite),
      callSite?.source === 'inferred' ? 1 : 0,
    ]
  })
  return Array.from({ length: COLUMN_COUNT }, (_, column) => Float64Array.from(rows, (row) => row[column] ?? 0))
}

/**
 * Reads back what `packSpans` wrote.
 *
 * @throws RangeError when the value is damaged or of an unknown layout
 */
export function unpackSpans(
  packed: Uint8Array,
  siteOf: (id: number, inferred: boolean) => CallSite | null,
): UnpackedSpans {
  const reader = new ByteReader(packed)
  const texts = textsOf(reader)
  const count = reader.unsigned()
  const columns = Array.from({ length: COLUMN_COUNT }, () => unpackColumn(reader, count))
  const spans = assemble(count, columns, texts, siteOf)
  const ofQuery = unpackColumn(reader, reader.unsigned()).map((value) => (value === 0 ? null : value - 1))
  const spanSums = Array.from({ length: reader.unsigned() }, (): SpanSum => {
    const kind = kindOf(reader.unsigned())
    const name = texts[reader.unsigned() - 1] ?? ''
    return { kind, name, count: reader.unsigned(), totalMs: reader.unsigned() / 1000 }
  })
  return { spans, spanSums, ofQuery }
}

/** The texts of packed spans, their names among them: to pass over those that have none of what is looked for. */
export function textsInPacked(packed: Uint8Array): readonly string[] {
  return textsOf(new ByteReader(packed))
}

function textsOf(reader: ByteReader): readonly string[] {
  const layout = reader.byte()
  if (layout !== LAYOUT) throw new RangeError(`Packed spans of layout ${layout}, expected ${LAYOUT}.`)
  return Array.from({ length: reader.unsigned() }, () => reader.text())
}

function assemble(
  count: number,
  columns: readonly (readonly number[])[],
  texts: readonly string[],
  siteOf: (id: number, inferred: boolean) => CallSite | null,
): readonly RecordedSpan[] {
  let startUs = 0
  return Array.from({ length: count }, (_, index): RecordedSpan => {
    const cell = (column: number): number => columns[column]?.[index] ?? 0
    const ms = (column: number): number | null => (cell(column) === 0 ? null : (cell(column) - 1) / 1000)
    const text = (column: number): string | null => texts[cell(column) - 1] ?? null
    startUs += cell(3)
    const tags = text(9)
    return {
      index,
      kind: kindOf(cell(0)),
      name: text(1) ?? '',
      parentIndex: cell(2) === 0 ? null : cell(2) - 1,
      startMs: startUs / 1000,
      durationMs: ms(4),
      ownMs: ms(5),
      queryCount: cell(6),
      sqlMs: cell(7) / 1000,
      error: text(8),
      tags: tags === null ? NO_TAGS : tagsOf(tags),
      callSite: cell(10) === 0 ? null : siteOf(cell(10), cell(11) === 1),
    }
  })
}

function tagsOf(text: string): SpanTags {
  try {
    return JSON.parse(text) as SpanTags
  } catch {
    throw new RangeError('The packed tags of a span are damaged.')
  }
}

function kindOf(number: number): RecordedSpan['kind'] {
  return SPAN_KINDS[number] ?? 'code'
}
