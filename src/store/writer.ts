import type { AnalyzedRecording } from '../model/finding.js'
import type { Recording } from '../model/recording.js'
import { Contents, NONE } from './contents.js'
import { mergeInto } from './histogram.js'
import { type HeaderValue, packHeaders } from './packed-headers.js'
import { packQueries } from './packed-queries.js'
import { QueryShapes } from './query-shapes.js'
import { NUMBER_TRIES, numberOfId, packId } from './recording-number.js'
import {
  addCount,
  addDuration,
  addValues,
  FINDING_ROLLUPS,
  minuteOf,
  prepareRollups,
  ROUTE_ROLLUPS,
  RollupBatch,
  STATEMENT_ROLLUPS,
} from './rollups.js'
import { RECORDING_COLUMNS, recordingRow, type StoredBadge, toUs } from './rows.js'
import type { SqliteDatabase } from './sqlite-driver.js'
import { statementUses, type UseRow } from './statement-uses.js'
import { badgesOf, FindingBatch, type FindingSums, prepareFindings, writeFindings } from './write-findings.js'

/** Writes batches of recordings by one connection, with statements that are prepared once and kept. */
export interface BatchWriter {
  /**
   * Writes all of the batch in one transaction, or nothing.
   *
   * @returns how many were new; those that the store has already are left as they are
   * @throws SqliteError, `SQLITE_BUSY` among them when another process is writing
   */
  write(batch: readonly AnalyzedRecording[], nowMs: number): number
}

export function createBatchWriter(db: SqliteDatabase): BatchWriter {
  const statements = prepareStatements(db)
  const contents = new Contents(db)
  const rollups = {
    routes: prepareRollups(db, ROUTE_ROLLUPS),
    statements: prepareRollups(db, STATEMENT_ROLLUPS),
    findings: prepareRollups(db, FINDING_ROLLUPS),
  }
  const transaction = db.transaction((batch: readonly AnalyzedRecording[], nowMs: number): number => {
    contents.begin(nowMs)
    const sums = {
      routes: new RollupBatch(ROUTE_ROLLUPS),
      statements: new RollupBatch(STATEMENT_ROLLUPS),
      rollups: new RollupBatch(FINDING_ROLLUPS),
      findings: new FindingBatch(),
    }
    const shapes = new QueryShapes(contents)
    let written = 0
    for (const one of batch) if (writeOne(one, { statements, contents, shapes, sums })) written++
    sums.routes.write(rollups.routes)
    sums.statements.write(rollups.statements)
    sums.rollups.write(rollups.findings)
    sums.findings.write(statements)
    return written
  })
  function write(batch: readonly AnalyzedRecording[], nowMs: number): number {
    try {
      return transaction.immediate(batch, nowMs)
    } catch (error) {
      contents.forget()
      throw error
    }
  }
  return { write }
}

type Statements = ReturnType<typeof prepareStatements>

interface Batch {
  readonly statements: Statements
  readonly contents: Contents
  readonly shapes: QueryShapes
  readonly sums: FindingSums & { readonly routes: RollupBatch; readonly statements: RollupBatch }
}

function prepareStatements(db: SqliteDatabase) {
  const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ')
  return {
    sameId: db.prepare('SELECT 1 FROM recordings WHERE number >= ? AND number < ? AND id = ?').pluck(),
    recording: db.prepare(
      `INSERT INTO recordings (${RECORDING_COLUMNS}) VALUES (${marks(RECORDING_COLUMNS.length)})
        ON CONFLICT (number) DO NOTHING`,
    ),
    details: db.prepare(`INSERT INTO recording_details VALUES (${marks(5)})`),
    use: db.prepare(`INSERT INTO recording_statements VALUES (${marks(8)})`),
    ...prepareFindings(db),
  }
}

function writeOne({ recording, occurrences }: AnalyzedRecording, batch: Batch): boolean {
  const { contents } = batch
  const { request } = recording
  const routeId = request === null ? NONE : contents.route(request.method, request.route)
  const badges = badgesOf(occurrences)
  const startedUs = toUs(recording.startedAt)
  const sessionId = contents.session(recording.session, startedUs)
  const number = writeRecording(recording, { routeId, sessionId }, badges, batch.statements)
  if (number === null) return false
  writeDetails(recording, number, batch)
  const place = { number, minute: minuteOf(startedUs), routeId, sessionId }
  for (const use of statementUses(recording.queries, batch.shapes.of)) writeUse(use, place, batch)
  writeFindings(occurrences, { ...place, seenUs: startedUs }, batch)
  if (recording.kind === 'request') sumRoute(recording, badges.length > 0, place, batch)
  return true
}

/**
 * @returns the recording's number; `null`: the store has it already
 * @throws Error when there are too many of one moment: the caller counts it as dropped
 */
function writeRecording(
  recording: Recording,
  ids: Pick<Place, 'routeId' | 'sessionId'>,
  badges: readonly StoredBadge[],
  statements: Statements,
): number | null {
  const first = numberOfId(recording.id)
  for (let number = first; number < first + NUMBER_TRIES; number++) {
    const row = recordingRow(recording, number, ids, badges)
    if (statements.recording.run(row).changes === 1) return number
    if (statements.sameId.get(first, first + NUMBER_TRIES, packId(recording.id)) !== undefined) return null
  }
  throw new Error(`More than ${NUMBER_TRIES} recordings began at one moment; recording ${recording.id} is not stored.`)
}

function writeDetails(recording: Recording, number: number, { statements, contents, shapes }: Batch): void {
  const { id, request, response, queries } = recording
  const cut: HeaderValue[] = []
  const requestHeaders = request === null ? null : contents.text(packHeaders(request.headers, id, cut))
  const responseHeaders = response === null ? null : contents.text(packHeaders(response.headers, id, cut))
  const values = cut.length === 0 ? null : JSON.stringify(cut)
  const packed = queries.length === 0 ? null : packQueries(queries, shapes.of, contents.callPath)
  statements.details.run(number, requestHeaders, responseHeaders, values, packed)
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
  const { durationMs, sqlMs, sqlWallMs, queryCount, poolWaitMs, response } = recording
  const row = sums.routes.row(minute, 1, [routeId, sessionId])
  const durationUs = toUs(durationMs)
  const failed = (response?.status ?? 0) >= 500
  addValues(
    row,
    [1, Number(failed), Number(hasFinding), durationUs, toUs(sqlMs), toUs(sqlWallMs), queryCount, toUs(poolWaitMs)],
    [durationUs, queryCount],
  )
  addDuration(row, 0, durationUs)
  addCount(row, 1, queryCount)
}
