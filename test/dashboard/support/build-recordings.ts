import type { CallSite } from '../../../src/model/call-site.js'
import { NO_EVIDENCE } from '../../../src/model/evidence.js'
import type { AnalyzedRecording, Occurrence } from '../../../src/model/finding.js'
import type { RecordedQuery } from '../../../src/model/query.js'
import type { RecordedHeaders, RecordedRequest, RecordedResponse, Recording } from '../../../src/model/recording.js'

export function callSite(given: Partial<CallSite> = {}): CallSite {
  return {
    file: 'example-app/routes/collections.ts',
    line: 79,
    column: 28,
    function: 'loadNaive',
    source: 'captured',
    ...given,
  }
}

export function query(given: Partial<RecordedQuery> & { readonly statement: string }): RecordedQuery {
  const index = given.index ?? 0
  return {
    index,
    bindings: [],
    fingerprint: fingerprintOf(given.statement),
    fingerprintText: given.statement,
    operation: 'select',
    connection: 'sqlite3:app.db',
    transactionId: null,
    startMs: index,
    durationMs: 0.5,
    poolWaitMs: null,
    rowCount: 1,
    resultBytes: null,
    error: null,
    late: false,
    callSite: callSite(),
    bindingSet: index,
    keyBindingSet: index,
    callPath: 0,
    spanIndex: null,
    evidence: NO_EVIDENCE,
    ...given,
  }
}

/** Stands in for the hash: readable, and different for different statements. */
export function fingerprintOf(statement: string): string {
  let hash = 7
  for (const character of statement) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 0xffff_ffff
  return hash.toString(16).padStart(8, '0')
}

let made = 0

interface RecordingParts extends Partial<Omit<Recording, 'request' | 'response'>> {
  readonly request?: Partial<RecordedRequest> | null
  readonly response?: Partial<RecordedResponse> | null
}

export function recording(given: RecordingParts = {}): Recording {
  made += 1
  const queries = given.queries ?? []
  const sqlMs = queries.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
  const url = given.request?.url ?? given.request?.path ?? '/collections/'
  const requestHeaders: RecordedHeaders = { host: 'localhost:3000', authorization: '[redacted]', accept: '*/*' }
  const responseHeaders: RecordedHeaders = {
    'content-type': 'application/json; charset=utf-8',
    'set-cookie': ['sid=[redacted]; HttpOnly', 'theme=dark'],
  }
  return {
    id: `01932f00-0000-7000-8000-${String(made).padStart(12, '0')}`,
    kind: 'request',
    name: null,
    error: null,
    spans: [],
    spanSums: [],
    tags: [],
    pinned: false,
    user: null,
    usage: null,
    session: null,
    startedAt: Date.now() - 60_000 + made,
    durationMs: sqlMs + 10,
    overheadMs: 0.4,
    queries,
    droppedQueryCount: 0,
    queryCount: queries.length,
    sqlMs,
    sqlWallMs: sqlMs,
    poolWaitMs: 0,
    ...given,
    request:
      given.request === null
        ? null
        : {
            method: 'GET',
            url,
            path: url.split('?', 1)[0] ?? '',
            route: '/collections/',
            headers: requestHeaders,
            ...given.request,
          },
    response:
      given.response === null
        ? null
        : {
            status: 200,
            headers: responseHeaders,
            contentLength: 53_118,
            bodyBytes: null,
            onlyNumber: null,
            aborted: false,
            ...given.response,
          },
  }
}

export const PARENT_SQL = 'select * from `collections`'
export const REPEATED_SQL = 'select * from `products` where `collection_id` = ? order by `id` asc'

/** GET /collections/?include=products&load=naive: one query for the list, then one per collection. */
export function naiveRecording(given: RecordingParts & { readonly repeats?: number } = {}): AnalyzedRecording {
  const { repeats = 50, ...parts } = given
  const parentSite = callSite({ line: 78, column: 34 })
  const queries = [
    query({ statement: PARENT_SQL, startMs: 1.6, durationMs: 0.9, rowCount: repeats, callSite: parentSite }),
    ...Array.from({ length: repeats }, (_, index) =>
      query({
        index: index + 1,
        statement: REPEATED_SQL,
        bindings: [index + 1],
        startMs: 2.7 + index * 0.72,
        durationMs: 0.45 + ((index * 7) % 10) * 0.03,
        rowCount: 20,
      }),
    ),
  ]
  const last = queries.at(-1)
  const made = recording({
    durationMs: (last?.startMs ?? 0) + (last?.durationMs ?? 0) + 2.4,
    queries,
    ...parts,
    request: { url: '/collections/?include=products&load=naive', path: '/collections/', ...parts.request },
  })
  return { recording: made, occurrences: [nPlusOne(made)] }
}

/** What the detector says of a recording whose queries after the first all repeat. */
export function nPlusOne(of: Recording, given: Partial<Occurrence> = {}): Occurrence {
  const [parent, ...repeats] = of.queries
  const totalMs = repeats.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)
  return {
    findingKey: 'f1nd1ng0000000000000000000000001',
    kind: 'n-plus-one',
    message: `${repeats.length} of ${of.queryCount} queries are the same statement, one per row of \`collections\``,
    statements: [REPEATED_SQL],
    fingerprints: [fingerprintOf(REPEATED_SQL)],
    count: repeats.length,
    queryIndexes: repeats.map(({ index }) => index),
    callSite: callSite(),
    parent: parent
      ? { queryIndex: 0, statement: parent.statement, callSite: parent.callSite, rowCount: parent.rowCount ?? 0 }
      : null,
    totalMs,
    savingMs: totalMs * 0.93,
    savingBasis: 'the time of all repeats but the slowest',
    fix: {
      summary: "Load them with one `whereIn('collection_id', …)`: 2 queries instead of 51.",
      code: [
        "const rows = await knex('products').whereIn('collection_id', ids).orderBy('id')",
        'const byCollectionId = new Map()',
        'for (const row of rows) {',
        '  const group = byCollectionId.get(row.collection_id)',
        '  if (group) group.push(row)',
        '  else byCollectionId.set(row.collection_id, [row])',
        '}',
      ].join('\n'),
    },
    ...given,
  }
}
