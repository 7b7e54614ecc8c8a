import * as v from 'valibot'
import type { RecordedBody } from '../../model/body.js'
import { FINDING_KINDS, type Occurrence } from '../../model/finding.js'
import { MOST_TAGS, TAG } from '../../model/marks.js'
import type { RecordedQuery } from '../../model/query.js'
import type { RecordedRequest, RecordedResponse, Recording } from '../../model/recording.js'
import { SESSION_LABEL } from '../../model/session.js'
import { type RecordedSpan, SPAN_KINDS } from '../../model/span.js'

type OrNullBody<T extends { readonly body?: RecordedBody }> = Omit<T, 'body'> & { readonly body: RecordedBody | null }
type ImportedQuery = Omit<
  RecordedQuery,
  'index' | 'fingerprint' | 'fingerprintText' | 'operation' | 'bindingSet' | 'keyBindingSet' | 'callPath' | 'evidence'
>
export type ImportedSpan = Omit<RecordedSpan, 'index'>
export type ImportedOccurrence = Omit<Occurrence, 'fingerprints'>

/** A recording as it stands in an export; what else is on the line is passed over. */
export interface ImportedRecording extends Omit<Recording, 'startedAt' | 'request' | 'response' | 'queries' | 'spans'> {
  /** ISO 8601. */
  readonly startedAt: string
  readonly request: OrNullBody<RecordedRequest> | null
  readonly response: OrNullBody<Omit<RecordedResponse, 'bodyBytes' | 'onlyNumber'>> | null
  readonly queries: readonly ImportedQuery[]
  readonly spans: readonly ImportedSpan[]
  readonly occurrences: readonly ImportedOccurrence[]
}

/** The first line of an export: `{"format":"express-silk","version":1}`. */
export const EXPORT_FORMAT = 'express-silk'
export const EXPORT_VERSION = 1

// What a recording of ours can be, and no more: the file may come from anywhere. A message says what is allowed.
const text = (most: number) => {
  const allowed = `text of at most ${most.toLocaleString('en')} characters`
  return v.pipe(v.string(allowed), v.maxLength(most, allowed))
}
const orNull = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null)
const numberFrom0 = v.pipe(
  v.number('a number of 0 or more'),
  v.finite('a number of 0 or more'),
  v.minValue(0, 'a number of 0 or more'),
  v.maxValue(1e15, 'a number of at most 1e15'),
)
const count = v.pipe(
  v.number('a whole number of 0 or more'),
  v.safeInteger('a whole number of 0 or more'),
  v.minValue(0, 'a whole number of 0 or more'),
)
const isTrue = v.boolean('true or false')
const list = <S extends v.GenericSchema>(item: S, most: number) => {
  const allowed = `a list of at most ${most.toLocaleString('en')}`
  return v.pipe(v.array(item, allowed), v.maxLength(most, allowed))
}

// The page of a request shows the lines around it, so it names a source, inside the project, and nothing else.
const SOURCE = 'a source file, by a path relative to the project'
const callSite = v.object(
  {
    file: v.pipe(
      text(1_000),
      v.check((file) => /\.[cm]?[jt]sx?$/.test(file) && !/^(?:[/\\]|[a-z]:)|\0/i.test(file), SOURCE),
    ),
    line: v.pipe(count, v.minValue(1, 'a line, from 1 on')),
    column: count,
    function: orNull(text(1_000)),
    source: v.picklist(['captured', 'inferred'], 'captured, inferred'),
  },
  'a call site',
)
const headers = v.pipe(
  v.record(text(1_000), v.union([text(100_000), list(text(100_000), 1_000)], 'text, or a list of texts'), 'headers'),
  v.check((given) => Object.keys(given).length <= 1_000, 'at most 1,000 headers'),
)
const body = v.object(
  {
    type: orNull(text(1_000)),
    bytes: orNull(count),
    format: v.picklist(['json', 'form', 'multipart', 'text', 'binary'], 'json, form, multipart, text, binary'),
    text: orNull(text(17_000_000)),
    truncated: isTrue,
    omitted: orNull(v.picklist(['binary', 'encoded', 'unread', 'overload'], 'binary, encoded, unread, overload')),
  },
  'a body',
)
const query = v.object(
  {
    statement: text(5_000_000),
    bindings: orNull(
      list(v.nullable(v.union([text(10_000), v.number(), v.boolean()], 'text, number, boolean or null')), 1_001),
    ),
    connection: text(1_000),
    transactionId: orNull(text(200)),
    startMs: v.pipe(v.number('a number'), v.finite('a number')),
    durationMs: orNull(numberFrom0),
    poolWaitMs: orNull(numberFrom0),
    rowCount: orNull(count),
    resultBytes: orNull(count),
    error: orNull(text(100_000)),
    late: isTrue,
    spanIndex: orNull(count),
    callSite: orNull(callSite),
  },
  'a query',
)
const kindOfSpan = v.picklist(SPAN_KINDS, SPAN_KINDS.join(', '))
const span = v.object(
  {
    parentIndex: orNull(count),
    kind: kindOfSpan,
    name: text(1_000),
    startMs: v.pipe(v.number('a number'), v.finite('a number')),
    durationMs: orNull(numberFrom0),
    ownMs: orNull(numberFrom0),
    queryCount: count,
    sqlMs: numberFrom0,
    error: orNull(text(100_000)),
    tags: v.pipe(
      v.record(text(1_000), v.union([text(10_000), v.number(), isTrue], 'text, number or boolean'), 'tags'),
      v.check((given) => Object.keys(given).length <= 100, 'at most 100 tags'),
    ),
    callSite: orNull(callSite),
  },
  'a span',
)
const spanSum = v.object({ kind: kindOfSpan, name: text(1_000), count, totalMs: numberFrom0 }, 'a sum of spans')
const integer = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'))
const usage = v.object(
  {
    memoryBytes: orNull(integer),
    eventLoopShare: orNull(v.pipe(numberFrom0, v.maxValue(1, 'a share from 0 to 1'))),
    cpuMs: orNull(numberFrom0),
  },
  'what the process used',
)
const user = v.object({ id: v.pipe(text(2_000), v.minLength(1, 'an id')), name: orNull(text(2_000)) }, 'a user')
const tag = v.pipe(text(60), v.regex(TAG, 'a tag of 1 to 60 characters on one line'))
const occurrence = v.object(
  {
    findingKey: v.pipe(text(64), v.regex(/^[\w-]{1,64}$/, 'the key of a finding')),
    kind: v.picklist(FINDING_KINDS, FINDING_KINDS.join(', ')),
    message: text(10_000),
    statements: list(text(100_000), 1_000),
    count,
    queryIndexes: list(count, 10_000),
    callSite: orNull(callSite),
    parent: orNull(
      v.object(
        { queryIndex: count, statement: text(100_000), callSite: orNull(callSite), rowCount: count },
        'a parent',
      ),
    ),
    totalMs: numberFrom0,
    savingMs: orNull(numberFrom0),
    savingBasis: text(10_000),
    fix: orNull(v.object({ summary: text(10_000), code: orNull(text(100_000)) }, 'a fix')),
  },
  'an occurrence',
)

export const recordingSchema: v.GenericSchema<unknown, ImportedRecording> = v.object(
  {
    id: v.pipe(
      text(36),
      v.regex(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/, 'a UUID of version 7, in lower case'),
    ),
    kind: v.picklist(['request', 'job', 'background'], 'request, job, background'),
    name: orNull(text(1_000)),
    session: orNull(v.pipe(text(80), v.regex(SESSION_LABEL, 'a label of 1 to 80 characters on one line'))),
    tags: v.optional(list(tag, MOST_TAGS), []),
    pinned: v.optional(isTrue, false),
    user: orNull(user),
    startedAt: v.pipe(text(40), v.isoTimestamp('a time as ISO 8601 writes it')),
    durationMs: numberFrom0,
    overheadMs: numberFrom0,
    usage: orNull(usage),
    request: orNull(
      v.object(
        {
          method: v.pipe(text(40), v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'a method such as GET')),
          url: text(100_000),
          path: text(100_000),
          route: orNull(text(10_000)),
          headers,
          body: orNull(body),
        },
        'a request',
      ),
    ),
    response: orNull(
      v.object(
        {
          status: orNull(v.pipe(count, v.minValue(100, 'a status'), v.maxValue(999, 'a status'))),
          headers,
          body: orNull(body),
          contentLength: orNull(count),
          aborted: isTrue,
        },
        'a response',
      ),
    ),
    error: orNull(
      v.object(
        { class: text(1_000), message: text(100_000), stack: list(text(10_000), 1_000), callSite: orNull(callSite) },
        'an exception',
      ),
    ),
    queryCount: count,
    droppedQueryCount: v.optional(count, 0),
    sqlMs: numberFrom0,
    sqlWallMs: numberFrom0,
    poolWaitMs: numberFrom0,
    spans: v.optional(list(span, 1_000), []),
    spanSums: v.optional(list(spanSum, 1_000), []),
    queries: list(query, 10_000),
    occurrences: list(occurrence, 1_000),
  },
  'a recording',
)
