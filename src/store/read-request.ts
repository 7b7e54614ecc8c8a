import type { CallSite } from '../model/call-site.js'
import type { Occurrence } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { RecordedError } from '../model/recorded-error.js'
import type { RecordedHeaders, RecordedRequest, RecordedResponse } from '../model/recording.js'
import type { StatementUse, StoredRecording } from '../model/stored-recording.js'
import { idOfHash } from './content-id.js'
import { readCpuProfileFacts } from './cpu-profiles.js'
import { statesThatAreNotOpen } from './finding-state.js'
import { createLookup, type Lookup } from './lookup.js'
import { unpackBody } from './packed-body.js'
import { type HeaderValue, unpackHeaders } from './packed-headers.js'
import { indexesOf, type SiteReference, unpackEvidence, type Wording } from './packed-occurrence.js'
import { type UnpackedQuery, unpackQueries } from './packed-queries.js'
import { type UnpackedSpans, unpackSpans } from './packed-spans.js'
import { NUMBERS_BEYOND, numberOfId, packId, unpackId } from './recording-number.js'
import { badgesOf, kindNumber, SUMMARY_FROM, type SummaryRow, summaryOf, withStates } from './rows.js'
import type { StoreHandle } from './worker-connection.js'
import { usageOf } from './write-marks.js'

/** One recording with all that is stored of it; `null`: it is not there (any more). */
export function readRequest(handle: StoreHandle, id: string): StoredRecording | null {
  const row = findRow(handle, id)
  if (row === undefined) return null
  const lookup = createLookup(handle)
  const states = statesThatAreNotOpen(handle)
  const details = handle.get<DetailsRow>('SELECT * FROM recording_details WHERE number = ?', row.number)
  const exchange = exchangeOf(row, details, lookup)
  const { request, response } = withBodies(handle, row.number, exchange)
  const {
    id: _,
    kind,
    name,
    session,
    tags,
    pinned,
    user,
    startedAt,
    durationMs,
    overheadMs,
    queryCount,
    sqlMs,
    sqlWallMs,
    poolWaitMs,
  } = summaryOf(row, states)
  const cpuProfile = readCpuProfileFacts(handle, row.number)
  const packed = details?.queries ? unpackQueries(details.queries) : []
  const { ofQuery, ...spans } = details?.spans ? unpackSpans(details.spans, lookup.callSite) : NO_SPANS
  return {
    recording: {
      id,
      kind,
      name,
      session,
      tags,
      pinned,
      user,
      startedAt,
      durationMs,
      overheadMs,
      usage: details === undefined ? null : usageOf(details),
      request,
      response,
      error: details?.error ? (JSON.parse(details.error) as RecordedError) : null,
      queries: packed.map((query, at) => queryOf(query, lookup, ofQuery[at])),
      ...spans,
      droppedQueryCount: row.dropped_query_count,
      queryCount,
      sqlMs,
      sqlWallMs,
      poolWaitMs,
      ...(cpuProfile && { cpuProfile }),
    },
    occurrences: occurrencesOf(handle, row, lookup),
    statements: usesOf(handle, row.number, lookup),
    badges: withStates(badgesOf(row.findings), states),
    newerId: neighbour(handle, row, 'newer'),
    olderId: neighbour(handle, row, 'older'),
  }
}

/** `undefined`: there is none of this number any more. */
export function rowAt(handle: StoreHandle, number: number): SummaryRow | undefined {
  return handle.get<SummaryRow>(`${SUMMARY_FROM} WHERE recordings.number = ?`, number)
}

/** The row of a recording, found without an index on ids. */
export function findRow(handle: StoreHandle, id: string): SummaryRow | undefined {
  const first = numberOfId(id)
  const where = 'WHERE recordings.number >= ? AND recordings.number < ? AND recordings.id = ?'
  return handle.get<SummaryRow>(`${SUMMARY_FROM} ${where}`, first, first + NUMBERS_BEYOND, packId(id))
}

interface DetailsRow {
  readonly request_headers_id: number | null
  readonly response_headers_id: number | null
  readonly header_values: string | null
  readonly queries: Uint8Array | null
  readonly error: string | null
  readonly spans: Uint8Array | null
  readonly memory_bytes: number | null
  readonly loop_permille: number | null
  readonly cpu_us: number | null
}

const NO_SPANS: UnpackedSpans = { spans: [], spanSums: [], ofQuery: [] }

interface Exchange {
  readonly request: RecordedRequest | null
  readonly response: RecordedResponse | null
}

interface BodiesRow {
  readonly request: Uint8Array | null
  readonly response: Uint8Array | null
}

function withBodies(handle: StoreHandle, number: number, { request, response }: Exchange): Exchange {
  const row = handle.get<BodiesRow>('SELECT request, response FROM recording_bodies WHERE number = ?', number)
  return {
    request: request && row?.request ? { ...request, body: unpackBody(row.request) } : request,
    response: response && row?.response ? { ...response, body: unpackBody(row.response) } : response,
  }
}

function exchangeOf(row: SummaryRow, details: DetailsRow | undefined, lookup: Lookup): Exchange {
  const { id, method, url, path, route, status, contentLength } = summaryOf(row, new Map())
  const cut = details?.header_values ? (JSON.parse(details.header_values) as HeaderValue[]) : []
  function headers(setId: number | null | undefined): RecordedHeaders {
    const packed = setId == null ? '' : lookup.text(setId)
    return packed === '' ? {} : unpackHeaders(packed, id, cut)
  }
  // In this order: the values that were cut out stand in it.
  const requestHeaders = headers(details?.request_headers_id)
  const responseHeaders = headers(details?.response_headers_id)
  return {
    request: url === null ? null : { method: method ?? '', url, path: path ?? '', route, headers: requestHeaders },
    response:
      row.aborted === null
        ? null
        : {
            status,
            headers: responseHeaders,
            contentLength,
            bodyBytes: null,
            onlyNumber: null,
            aborted: row.aborted === 1,
          },
  }
}

/** A packed query with its texts. */
export function queryOf(
  { shape, pathId, ...query }: UnpackedQuery,
  lookup: Lookup,
  spanIndex: number | null = null,
): RecordedQuery {
  const { fingerprint, text, operation } = lookup.statement(shape.statementId)
  return {
    ...query,
    spanIndex,
    evidence: pathId === null ? query.evidence : { ...query.evidence, callers: lookup.callPath(pathId) },
    statement: lookup.text(shape.textId),
    fingerprint,
    fingerprintText: text,
    operation,
    connection: shape.connection,
    callSite: lookup.callSite(shape.callSiteId, shape.inferred),
  }
}

interface OccurrenceRow {
  readonly kind: Occurrence['kind']
  readonly key: string
  readonly ordinal: number
  readonly total_us: number
  readonly saving_us: number | null
  readonly repeat_count: number
  readonly message: string
  readonly evidence: string
  readonly wording_id: number
}

function occurrencesOf(handle: StoreHandle, row: SummaryRow, lookup: Lookup): Occurrence[] {
  const sql = `SELECT findings.kind, findings.key, occurrences.* FROM occurrences
    JOIN findings ON findings.id = occurrences.finding_id WHERE finding_id = ? AND number = ?`
  return badgesOf(row.findings)
    .flatMap(({ key }) => handle.all<OccurrenceRow>(sql, idOfHash(key), row.number))
    .sort((a, b) => a.ordinal - b.ordinal)
    .map((occurrence) => occurrenceOf(occurrence, lookup))
}

function occurrenceOf(row: OccurrenceRow, lookup: Lookup): Occurrence {
  const { statements, runs, site, parent } = unpackEvidence(row.evidence)
  const wording = JSON.parse(lookup.text(row.wording_id) || '{}') as Partial<Wording>
  const found = statements.map((id) => lookup.statement(id))
  const siteOf = ([id, inferred]: SiteReference): CallSite | null => lookup.callSite(id, inferred === 1)
  return {
    findingKey: row.key,
    kind: row.kind,
    message: row.message,
    statements: found.map(({ text }) => text),
    fingerprints: found.map(({ fingerprint }) => fingerprint),
    count: row.repeat_count,
    queryIndexes: indexesOf(runs),
    callSite: siteOf(site),
    parent: parent && {
      queryIndex: parent[0],
      statement: lookup.text(parent[1]),
      callSite: siteOf(parent[2]),
      rowCount: parent[3],
    },
    totalMs: row.total_us / 1000,
    savingMs: row.saving_us === null ? null : row.saving_us / 1000,
    savingBasis: wording.savingBasis ?? '',
    fix: wording.fix ?? null,
  }
}

interface UseRow {
  readonly statement_id: number
  readonly call_site_id: number
  readonly inferred: number
  readonly calls: number
  readonly total_us: number
  readonly max_us: number
  readonly row_count: number | null
}

/** Costliest first. */
function usesOf(handle: StoreHandle, number: number, lookup: Lookup): StatementUse[] {
  const sql = 'SELECT * FROM recording_statements WHERE number = ? ORDER BY total_us DESC, calls DESC, statement_id'
  return handle.all<UseRow>(sql, number).map((use) => {
    const { fingerprint, text, operation } = lookup.statement(use.statement_id)
    return {
      fingerprint,
      fingerprintText: text,
      operation,
      callSite: lookup.callSite(use.call_site_id, use.inferred === 1),
      calls: use.calls,
      totalMs: use.total_us / 1000,
      maxMs: use.max_us / 1000,
      rowCount: use.row_count,
    }
  })
}

/** Queries outside any request have their own row of neighbours. */
function neighbour(handle: StoreHandle, row: SummaryRow, side: 'newer' | 'older'): string | null {
  const background = kindNumber('background')
  const kind = row.kind === background ? '=' : '<>'
  const next = side === 'newer' ? 'number > ?' : 'number < ?'
  const sql = `SELECT id FROM recordings WHERE ${next} AND kind ${kind} ?
    ORDER BY number ${side === 'newer' ? 'ASC' : 'DESC'} LIMIT 1`
  const found = handle.get<{ id: Uint8Array | string }>(sql, row.number, background)
  return found === undefined ? null : unpackId(found.id)
}
