import type { CpuProfileBounds } from '../model/cpu-profile.js'
import type { AnalyzedRecording, Occurrence } from '../model/finding.js'
import { groupOf, type Recording } from '../model/recording.js'
import { Contents, NONE } from './contents.js'
import { CpuProfileWriter } from './cpu-profiles.js'
import { mergeInto } from './histogram.js'
import { finishQueries } from './pack-queries.js'
import { packBody } from './packed-body.js'
import { type HeaderValue, packHeaders } from './packed-headers.js'
import type { QueryShape } from './packed-queries.js'
import { packSpans } from './packed-spans.js'
import { type PreparedQueries, preparedOf } from './prepared-queries.js'
import type { QueryLooks } from './query-looks.js'
import { createQueryShapes } from './query-shapes.js'
import { NUMBERS_BEYOND, numberOfId, packId } from './recording-number.js'
import {
  addCount,
  addDuration,
  addValues,
  FINDING_ROLLUPS,
  minuteOf,
  prepareRollups,
  ROUTE_ROLLUPS,
  RollupBatch,
  SPAN_ROLLUPS,
  STATEMENT_ROLLUPS,
} from './rollups.js'
import { RECORDING_COLUMNS, type RowIds, recordingRow, type StoredBadge, toUs } from './rows.js'
import type { SqliteDatabase } from './sqlite-driver.js'
import { statementUses, type UseRow } from './statement-uses.js'
import { badgesOf, FindingBatch, type FindingSums, prepareFindings, writeFindings } from './write-findings.js'
import { prepareMarks, usageColumns, writeMarks } from './write-marks.js'
import { prepareSpans, SpanBatch } from './write-spans.js'

/** A finding that the store has never had, with its recording. */
export interface FoundFirst {
  readonly recording: Recording
  readonly occurrence: Occurrence
}

interface Written {
  /** Recordings that were new; those that the store has already are left as they are. */
  readonly count: number
  readonly newFindings: readonly FoundFirst[]
}

/** Writes batches of recordings by one connection, with statements that are prepared once and kept. */
export interface BatchWriter {
  /**
   * Writes all of the batch in one transaction, or nothing.
   *
   * @throws SqliteError, `SQLITE_BUSY` among them when another process is writing
   */
  write(batch: readonly AnalyzedRecording[], nowMs: number): Written
}

export function createBatchWriter(db: SqliteDatabase, bounds?: CpuProfileBounds): BatchWriter {
  const statements = prepareStatements(db)
  const contents = new Contents(db)
  const cpuProfiles = new CpuProfileWriter(db, bounds)
  const rollups = {
    routes: prepareRollups(db, ROUTE_ROLLUPS),
    statements: prepareRollups(db, STATEMENT_ROLLUPS),
    findings: prepareRollups(db, FINDING_ROLLUPS),
    spans: prepareRollups(db, SPAN_ROLLUPS),
  }
  const transaction = db.transaction((batch: readonly AnalyzedRecording[], nowMs: number): Written => {
    contents.begin(nowMs)
    const sums = {
      routes: new RollupBatch(ROUTE_ROLLUPS),
      statements: new RollupBatch(STATEMENT_ROLLUPS),
      rollups: new RollupBatch(FINDING_ROLLUPS),
      findings: new FindingBatch(),
      spans: new SpanBatch(),
    }
    const shapes = createQueryShapes(contents)
    let written = 0
    for (const one of batch) if (writeOne(one, { statements, contents, shapes, sums, cpuProfiles })) written++
    sums.routes.write(rollups.routes)
    sums.statements.write(rollups.statements)
    sums.rollups.write(rollups.findings)
    sums.spans.rollups.write(rollups.spans)
    sums.spans.writeExamples(statements)
    return { count: written, newFindings: firstOf(batch, sums.findings.write(statements)) }
  })
  function write(batch: readonly AnalyzedRecording[], nowMs: number): Written {
    try {
      return transaction.immediate(batch, nowMs)
    } catch (error) {
      contents.forget()
      throw error
    }
  }
  return { write }
}

function firstOf(batch: readonly AnalyzedRecording[], keys: readonly string[]): readonly FoundFirst[] {
  return keys.flatMap((key) => {
    for (const { recording, occurrences } of batch) {
      const occurrence = occurrences.find(({ findingKey }) => findingKey === key)
      if (occurrence) return [{ recording, occurrence }]
    }
    return []
  })
}

type Statements = ReturnType<typeof prepareStatements>

interface Batch {
  readonly statements: Statements
  readonly contents: Contents
  readonly shapes: QueryLooks<QueryShape>
  readonly cpuProfiles: CpuProfileWriter
  readonly sums: FindingSums & {
    readonly routes: RollupBatch
    readonly statements: RollupBatch
    readonly spans: SpanBatch
  }
}

function prepareStatements(db: SqliteDatabase) {
  const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ')
  return {
    sameId: db.prepare('SELECT 1 FROM recordings WHERE number >= ? AND number < ? AND id = ?').pluck(),
    // The first gap above a number that is taken.
    freeNumber: db
      .prepare(
        `SELECT number + 1 FROM recordings AS taken WHERE number >= ? AND number < ? - 1 AND NOT EXISTS
          (SELECT 1 FROM recordings AS next WHERE next.number = taken.number + 1) ORDER BY number LIMIT 1`,
      )
      .pluck(),
    recording: db.prepare(
      `INSERT INTO recordings (${RECORDING_COLUMNS}) VALUES (${marks(RECORDING_COLUMNS.length)})
        ON CONFLICT (number) DO NOTHING`,
    ),
    // Without names: a newer silk that has changed the table while this one writes is noticed.
    details: db.prepare(`INSERT INTO recording_details VALUES (${marks(10)})`),
    bodies: db.prepare(`INSERT INTO recording_bodies VALUES (${marks(3)})`),
    use: db.prepare(`INSERT INTO recording_statements VALUES (${marks(8)})`),
    ...prepareFindings(db),
    ...prepareSpans(db),
    ...prepareMarks(db),
  }
}

function writeOne({ recording, occurrences }: AnalyzedRecording, batch: Batch): boolean {
  const { contents, sums } = batch
  const group = groupOf(recording)
  const routeId = group === null ? NONE : contents.route(group.method, group.route)
  const badges = badgesOf(occurrences)
  const startedUs = toUs(recording.startedAt)
  const sessionId = contents.session(recording.session, startedUs)
  const userId = contents.user(recording.user)
  const number = writeRecording(recording, { routeId, sessionId, userId }, badges, batch.statements)
  if (number === null) return false
  const prepared = preparedOf(recording.queries)
  writeDetails(recording, number, prepared, batch)
  writeMarks(recording, number, batch.statements)
  const place = { number, minute: minuteOf(startedUs), routeId, sessionId }
  for (const use of statementUses(prepared.looks, batch.shapes.of)) writeUse(use, place, batch)
  sums.spans.add(recording, place, contents)
  writeFindings(occurrences, { ...place, seenUs: startedUs }, batch)
  if (group !== null) sumRoute(recording, badges.length > 0, place, batch)
  return true
}

/**
 * @returns the recording's number; `null`: the store has it already
 * @throws Error when there are too many of one moment: the caller counts it as dropped
 */
function writeRecording(
  recording: Recording,
  ids: RowIds,
  badges: readonly StoredBadge[],
  statements: Statements,
): number | null {
  const first = numberOfId(recording.id)
  const end = first + NUMBERS_BEYOND
  const inserted = (number: number): boolean =>
    statements.recording.run(recordingRow(recording, number, ids, badges)).changes === 1
  if (inserted(first)) return first
  if (statements.sameId.get(first, end, packId(recording.id)) !== undefined) return null
  const free = statements.freeNumber.get(first, end) as number | undefined
  if (free !== undefined && inserted(free)) return free
  throw new Error(
    `More than ${NUMBERS_BEYOND} recordings began at one moment; recording ${recording.id} is not stored.`,
  )
}

function writeDetails(recording: Recording, number: number, prepared: PreparedQueries, batch: Batch): void {
  const { statements, contents, shapes } = batch
  const { id, request, response, queries, error } = recording
  const cut: HeaderValue[] = []
  const requestHeaders = request === null ? null : contents.text(packHeaders(request.headers, id, cut))
  const responseHeaders = response === null ? null : contents.text(packHeaders(response.headers, id, cut))
  const values = cut.length === 0 ? null : JSON.stringify(cut)
  const packed =
    queries.length === 0 ? null : finishQueries(prepared, ({ first }) => shapes.of(first), contents.callPath)
  const hasSpans = recording.spans.length > 0
  const spans = hasSpans ? packSpans(recording, queries, (site) => contents.callSite(site)) : null
  const texts = [requestHeaders, responseHeaders, values, packed, error && JSON.stringify(error), spans]
  statements.details.run(number, ...texts, ...usageColumns(recording.usage))
  writeBodies(recording, number, statements)
  batch.cpuProfiles.write(recording, number)
}

function writeBodies({ request, response }: Recording, number: number, statements: Statements): void {
  const sent = request?.body
  const answered = response?.body
  if (sent === undefined && answered === undefined) return
  statements.bodies.run(number, sent ? packBody(sent) : null, answered ? packBody(answered) : null)
}

interface Place {
  readonly number: number
  readonly minute: number
  readonly routeId: number
  readonly sessionId: number
}

function writeUse(use: UseRow, { number, minute, routeId, sessionId }: Place, { statements, sums }: Batch): void {
  const { statementId, callSiteId, inferred, calls, totalUs, maxUs, rowCount } = use
  statements.use.run(number, statementId, callSiteId, Number(inferred), calls, totalUs, maxUs, rowCount)
  const row = sums.statements.row(minute, 1, [statementId, routeId, callSiteId, sessionId])
  addValues(row, [1, calls, totalUs, rowCount], [maxUs])
  for (const histogram of row.histograms) mergeInto(histogram, use.durations)
}

function sumRoute(
  recording: Recording,
  hasFinding: boolean,
  { minute, routeId, sessionId }: Place,
  { sums }: Batch,
): void {
  const { kind, durationMs, sqlMs, sqlWallMs, queryCount, poolWaitMs, response, error } = recording
  const row = sums.routes.row(minute, 1, [routeId, sessionId])
  const durationUs = toUs(durationMs)
  const failed = kind === 'job' ? error !== null : (response?.status ?? 0) >= 500
  addValues(
    row,
    [1, Number(failed), Number(hasFinding), durationUs, toUs(sqlMs), toUs(sqlWallMs), queryCount, toUs(poolWaitMs)],
    [durationUs, queryCount],
  )
  addDuration(row, 0, durationUs)
  addCount(row, 1, queryCount)
}
