import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallSite } from '../../src/model/call-site.js'
import { NO_EVIDENCE } from '../../src/model/evidence.js'
import type { RecordedQuery } from '../../src/model/query.js'
import { type RecordedSpan, SPAN_KINDS, type SpanSum } from '../../src/model/span.js'
import { packQueries } from '../../src/store/pack-queries.js'
import { type QueryShape, unpackQueries } from '../../src/store/packed-queries.js'
import { packSpans, unpackSpans } from '../../src/store/packed-spans.js'
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../support/fuzz-runs.js'

const numRuns = FUZZ_RUNS

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
/** Milliseconds that are right to the microsecond, as they are kept. */
const ms = fc.integer({ min: 0, max: 2 ** 45 }).map((us) => us / 1000)
const signedMs = fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map((us) => us / 1000)
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const count = fc.oneof(fc.nat(200), fc.nat(2 ** 31 - 1))

const shape: fc.Arbitrary<QueryShape> = fc.record({
  textId: fc.maxSafeNat(),
  statementId: fc.maxSafeNat(),
  callSiteId: fc.oneof(fc.constant(null), fc.maxSafeNat()),
  inferred: fc.constant(false),
  connection: text,
})
const binding = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('[redacted]', '', '\ud800', 'a'),
)

type Packed = Omit<
  RecordedQuery,
  'statement' | 'fingerprint' | 'fingerprintText' | 'operation' | 'connection' | 'callSite'
>
const query: fc.Arbitrary<Packed> = fc.record({
  index: count,
  bindings: orNull(fc.array(binding, { maxLength: 6 })),
  transactionId: orNull(text),
  startMs: signedMs,
  durationMs: orNull(ms),
  poolWaitMs: orNull(ms),
  rowCount: orNull(count),
  resultBytes: orNull(count),
  error: orNull(text),
  late: fc.boolean(),
  bindingSet: count,
  keyBindingSet: count,
  callPath: count,
  spanIndex: orNull(count),
  evidence: fc
    .subarray(['n-plus-one', 'slow-query', 'all'] as const)
    .map((ignoredKinds) => ({ ...NO_EVIDENCE, ignoredKinds })),
})
/** With few shapes, as real requests have them. */
const queries = fc
  .tuple(fc.array(shape, { minLength: 1, maxLength: 4 }), fc.array(fc.tuple(query, fc.nat()), { maxLength: 30 }))
  .map(([shapes, rows]) =>
    rows.map(([one, at]) => ({ query: one as RecordedQuery, shape: shapes[at % shapes.length] as QueryShape })),
  )

function packed(rows: readonly { readonly query: RecordedQuery; readonly shape: QueryShape }[]): Buffer {
  const shapes = new Map(rows.map((row) => [row.query, row.shape]))
  return packQueries(
    rows.map((row) => row.query),
    (one) => shapes.get(one) as QueryShape,
  )
}

const site: fc.Arbitrary<CallSite> = fc.record({
  file: text,
  line: count,
  column: count,
  function: orNull(text),
  source: fc.constantFrom('captured', 'inferred'),
})
const span: fc.Arbitrary<Omit<RecordedSpan, 'index'>> = fc.record({
  parentIndex: orNull(count),
  kind: fc.constantFrom(...SPAN_KINDS),
  name: text,
  startMs: signedMs,
  durationMs: orNull(ms),
  ownMs: orNull(ms),
  queryCount: count,
  sqlMs: ms,
  error: orNull(text),
  tags: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    fc.oneof(text, fc.integer(), fc.boolean()),
    { maxKeys: 4, noNullPrototype: true },
  ),
  callSite: orNull(site),
})
const sum: fc.Arbitrary<SpanSum> = fc.record({ kind: fc.constantFrom(...SPAN_KINDS), name: text, count, totalMs: ms })
const spans = fc.record({
  spans: fc.array(span, { maxLength: 30 }).map((all) => all.map((one, index): RecordedSpan => ({ ...one, index }))),
  spanSums: fc.array(sum, { maxLength: 5 }),
  ofQuery: fc.array(orNull(count), { maxLength: 20 }),
})

type Spans = Parameters<typeof packSpans>[0] & { readonly ofQuery: readonly (number | null)[] }

function packedSpans({ ofQuery, ...rest }: Spans, sites: CallSite[]): Buffer {
  const inSpans = ofQuery.map((spanIndex) => ({ spanIndex }) as RecordedQuery)
  return packSpans(rest, inSpans, (one) => sites.push(one))
}

/** What may become of a file: bytes changed, cut off, put in. */
const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 127, 128, 255))), { maxLength: 8 })
const cut = fc.option(fc.nat(), { nil: null })

function damaged(bytes: Buffer, changes: readonly (readonly [number, number])[], at: number | null): Buffer {
  const copy = Buffer.from(bytes)
  for (const [place, value] of changes) if (copy.length > 0) copy[place % copy.length] = value
  return at === null ? copy : copy.subarray(0, at % (copy.length + 1))
}

/** Reads what may be damaged: it can be read, or it is a RangeError; anything else is thrown on. */
function readDamaged<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

describe(`of ${numRuns} recordings`, () => {
  test(
    'the queries come back as they were',
    () => {
      fc.assert(
        fc.property(queries, (rows) => {
          const back = unpackQueries(packed(rows))

          expect(back).toEqual(
            rows.map((row) => {
              const { spanIndex: _, ...rest } = row.query
              return { ...rest, shape: row.shape, pathId: null }
            }),
          )
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'the spans come back as they were',
    () => {
      fc.assert(
        fc.property(spans, (given) => {
          const sites: CallSite[] = []
          const back = unpackSpans(packedSpans(given, sites), (id, inferred) => {
            const kept = sites[id - 1]
            return kept === undefined ? null : { ...kept, source: inferred ? 'inferred' : 'captured' }
          })

          expect(back).toEqual(given)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'packed queries that are damaged are read as far as they go, or are a RangeError, and never fill the memory',
    () => {
      fc.assert(
        fc.property(queries, damage, cut, (rows, changes, at) => {
          const bytes = damaged(packed(rows), changes, at)

          expect(readDamaged(() => unpackQueries(bytes)).length).toBeLessThanOrEqual(100_000)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'packed spans that are damaged too',
    () => {
      fc.assert(
        fc.property(spans, damage, cut, (given, changes, at) => {
          const bytes = damaged(packedSpans(given, []), changes, at)

          expect(readDamaged(() => unpackSpans(bytes, () => null).spans).length).toBeLessThanOrEqual(100_000)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'and so are bytes that nobody packed',
    () => {
      const bytes = fc.tuple(fc.constantFrom(1, 2, 3, 4), fc.uint8Array({ maxLength: 200 }))
      fc.assert(
        fc.property(bytes, ([layout, rest]) => {
          const value = Uint8Array.of(layout, ...rest)

          expect(readDamaged(() => unpackQueries(value)).length).toBeLessThanOrEqual(100_000)
          expect(readDamaged(() => unpackSpans(value, () => null).spans).length).toBeLessThanOrEqual(100_000)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})
