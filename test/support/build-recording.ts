import type { Detection } from '../../src/analysis/analyze.js'
import type { CallSite } from '../../src/model/call-site.js'
import { NO_EVIDENCE, type QueryEvidence } from '../../src/model/evidence.js'
import { unionMs } from '../../src/model/intervals.js'
import type { RecordedBinding, RecordedQuery } from '../../src/model/query.js'
import type { RecordedRequest, Recording } from '../../src/model/recording.js'
import { resolveOptions } from '../../src/options.js'
import { createBindingNumbering } from '../../src/sql/binding-sets.js'
import { fingerprint } from '../../src/sql/fingerprint.js'

/** A query as a test writes it: what isn't said is made up so that the recording is whole. */
export interface QuerySketch {
  readonly sql: string
  /** Raw, as the app passed them. */
  readonly bindings: readonly unknown[]
  /** Default: when the query before ended. */
  readonly startMs?: number
  /** Default: 1. */
  readonly durationMs?: number | null
  readonly rowCount?: number | null
  readonly error?: string | null
  readonly callSite?: CallSite | null
  readonly connection?: string
  readonly poolWaitMs?: number
  readonly callPath?: number
  readonly spanIndex?: number
  readonly transactionId?: string | null
  readonly late?: boolean
  readonly resultBytes?: number | null
  readonly evidence?: Partial<QueryEvidence>
}

export interface RecordingSketch {
  readonly queries: readonly (QuerySketch | readonly QuerySketch[])[]
  readonly kind?: Recording['kind']
  /** Of a job. */
  readonly name?: string
  readonly error?: Recording['error']
  readonly session?: string | null
  readonly said?: Partial<Pick<Recording, 'tags' | 'pinned' | 'user' | 'usage'>>
  readonly id?: string
  readonly startedAt?: number
  readonly method?: string
  readonly url?: string
  readonly route?: string | null
  readonly status?: number | null
  /** Queries that end after it are late. Default: none is. */
  readonly durationMs?: number
  readonly bodyBytes?: number | null
  readonly onlyNumber?: number | null
  /** The client went away before the response was complete. */
  readonly aborted?: boolean
}

/** @example query('select * from products where collection_id = ?', [3], { rowCount: 20 }) */
export function query(
  sql: string,
  bindings: readonly unknown[] = [],
  more: Omit<QuerySketch, 'sql' | 'bindings'> = {},
): QuerySketch {
  return { sql, bindings, ...more }
}

/** @example repeat(50, (turn) => query('select * from products where collection_id = ?', [turn])) */
export function repeat(count: number, make: (turn: number) => QuerySketch): readonly QuerySketch[] {
  return Array.from({ length: count }, (_, turn) => make(turn))
}

/** Lets the queries start together, as `Promise.all` does; by default one after the other. */
export function parallel(startMs: number, queries: readonly QuerySketch[]): readonly QuerySketch[] {
  return queries.map((sketch) => ({ ...sketch, startMs }))
}

export function callSite(line: number, more: Partial<CallSite> = {}): CallSite {
  return { file: 'src/routes/collections.ts', line, column: 17, function: 'loadNaive', source: 'captured', ...more }
}

/** Where `query` sends its queries from unless told. */
export const DEFAULT_CALL_SITE: CallSite = callSite(30)

/** A whole recording of queries as the app would have sent them, with fingerprints and binding sets by silk's own rules. */
export function buildRecording(sketch: RecordingSketch): Recording {
  const queries = buildQueries(sketch.queries.flat(), sketch.durationMs ?? null)
  const kind = sketch.kind ?? 'request'
  const intervals = queries.map(({ startMs, durationMs }) => ({ startMs, endMs: startMs + (durationMs ?? 0) }))
  const endMs = Math.max(0, ...intervals.map((interval) => interval.endMs))
  return {
    id: sketch.id ?? '019a0000-0000-7000-8000-000000000001',
    kind,
    name: sketch.name ?? null,
    error: sketch.error ?? null,
    spans: [],
    spanSums: [],
    ...{ tags: [], pinned: false, user: null, usage: null, ...sketch.said },
    session: sketch.session ?? null,
    startedAt: sketch.startedAt ?? Date.UTC(2026, 10, 22, 12),
    durationMs: sketch.durationMs ?? endMs + 2,
    overheadMs: 0.1,
    request: kind === 'request' ? buildRequest(sketch) : null,
    response:
      kind === 'request'
        ? {
            status: sketch.status === undefined ? 200 : sketch.status,
            headers: {},
            contentLength: null,
            bodyBytes: sketch.bodyBytes ?? null,
            onlyNumber: sketch.onlyNumber ?? null,
            aborted: sketch.aborted ?? false,
          }
        : null,
    queries,
    droppedQueryCount: 0,
    queryCount: queries.filter(({ operation }) => operation !== 'transaction').length,
    sqlMs: queries.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0),
    sqlWallMs: unionMs(intervals),
    poolWaitMs: 0,
  }
}

function buildRequest({
  method = 'GET',
  url = '/collections/',
  route = '/collections',
}: RecordingSketch): RecordedRequest {
  return { method, url, path: url.split('?')[0] ?? url, route, headers: {} }
}

function buildQueries(sketches: readonly QuerySketch[], responseMs: number | null): readonly RecordedQuery[] {
  const numbering = createBindingNumbering()
  let endMs = 1
  return sketches.map((sketch, index) => {
    const { hash, text, operation, ...values } = fingerprint(sketch.sql)
    const startMs = sketch.startMs ?? endMs
    const durationMs = sketch.durationMs === undefined ? 1 : sketch.durationMs
    endMs = startMs + (durationMs ?? 0)
    return {
      index,
      statement: sketch.sql,
      bindings: sketch.bindings.map(recordedBinding),
      fingerprint: hash,
      fingerprintText: text,
      operation,
      connection: sketch.connection ?? 'sqlite3:app.db',
      transactionId: sketch.transactionId ?? null,
      startMs,
      durationMs,
      poolWaitMs: sketch.poolWaitMs ?? null,
      rowCount: sketch.rowCount ?? null,
      error: sketch.error ?? null,
      late: isLate(sketch, responseMs, endMs),
      resultBytes: sketch.resultBytes ?? null,
      callSite: sketch.callSite === undefined ? DEFAULT_CALL_SITE : sketch.callSite,
      ...numbering(values, sketch.bindings),
      spanIndex: sketch.spanIndex ?? null,
      callPath: sketch.callPath ?? 0,
      evidence: { ...NO_EVIDENCE, ...sketch.evidence },
    }
  })
}

/** As it says itself, or by the end of the response, where that is known. */
function isLate({ late, durationMs }: QuerySketch, responseMs: number | null, endMs: number): boolean {
  return late ?? (responseMs !== null && (durationMs === null || endMs > responseMs))
}

function recordedBinding(value: unknown): RecordedBinding {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : String(value)
}

/** What silk detects by default. */
export const DETECT: Detection = resolveOptions({}, {}).detect
