import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMasker } from '../../src/capture/mask.js'
import { readRecording } from '../../src/cli/import/read-recording.js'
import { idAt, NOON } from '../store/sample-recordings.js'
import { openStore, tempFolder } from '../store/temp-store.js'
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../support/fuzz-runs.js'

const numRuns = FUZZ_RUNS
const SECRET = 'PLANTEDqX7vZ93kLw'
const masker = createMasker({ names: [] })

const SITE = { file: 'src/a.ts', line: 1, column: 2, function: 'load', source: 'captured' }
const QUERY = {
  ...{ statement: `select * from t where password = '${SECRET}' and id = ?`, bindings: [1, 'a', null, true] },
  ...{ connection: 'sqlite3:app.db', transactionId: null, startMs: 1.5, durationMs: 2, poolWaitMs: null, rowCount: 1 },
  ...{ resultBytes: 10, error: null, late: false, callSite: SITE },
}
/** A line as an export has it; each part of it may become anything. */
const LINE = {
  ...{ id: '01932f00-0000-7000-8000-00000000beef', kind: 'request', name: null, session: 'before' },
  ...{ startedAt: '2026-11-22T08:40:00.000Z', durationMs: 12.5, overheadMs: 0.1 },
  request: {
    ...{ method: 'GET', url: `/x?token=${SECRET}`, path: '/x', route: '/x', headers: { authorization: SECRET } },
    body: {
      type: 'application/json',
      bytes: 9,
      format: 'json',
      text: `{"pin":"${SECRET}"}`,
      truncated: false,
      omitted: null,
    },
  },
  response: { status: 200, headers: { 'set-cookie': [`sid=${SECRET}`] }, body: null, contentLength: 3, aborted: false },
  error: { class: 'Error', message: `password=${SECRET}`, stack: ['at a (src/a.ts:1:2)'], callSite: SITE },
  ...{ queryCount: 2, droppedQueryCount: 0, sqlMs: 4, sqlWallMs: 4, poolWaitMs: 0, queries: [QUERY, QUERY] },
  occurrences: [
    {
      ...{ findingKey: 'abc-1', kind: 'n-plus-one', message: 'again', statements: ['select 1'], count: 2 },
      ...{ queryIndexes: [0, 1], callSite: SITE, totalMs: 1, savingMs: null, savingBasis: 'x' },
      parent: { queryIndex: 0, statement: 'select 2', callSite: null, rowCount: 3 },
      fix: { summary: 'join', code: null },
    },
  ],
}

/** Where a part of the line stands: the names on the way to it. */
const PLACES = placesOf(LINE)

function placesOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inside]) => [[name], ...placesOf(inside).map((rest) => [name, ...rest])])
}

const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    ...[null, true, 0, -0, -1, 1e308, 2 ** 53, 1e15, 0.1, '', [], {}, [[]], { __proto__: null }, '../../etc/passwd'],
    ...[
      '.env',
      'src/a.ts\u0000',
      '/src/a.ts',
      'C:\\a.ts',
      '<script>',
      '\ud800',
      '\u2028',
      'x'.repeat(5_000),
      '0001-01-01T00:00:00Z',
    ],
    ...[
      '9999-12-31T23:59:59.999Z',
      '2026-02-31T00:00:00Z',
      'constructor',
      'toString',
      '01932f00-0000-7000-8000-00000000dead',
    ],
  ),
  fc.integer({ min: 1, max: 300 }).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
)
const change = fc.record({
  place: fc.constantFrom(...PLACES),
  to: fc.option(json, { nil: undefined, freq: 6 }),
  name: fc.option(fc.constantFrom('__proto__', 'constructor', 'toJSON', 'extra', ''), { nil: null }),
})
const line = fc.array(change, { maxLength: 4 }).map((changes) => {
  const made = structuredClone(LINE) as Record<string, unknown>
  for (const { place, to, name } of changes) put(made, place, to, name)
  return JSON.stringify(made)
})

/** Puts a value at a place, under a name of its own if there is one; takes it away where there is none. */
function put(root: Record<string, unknown>, place: readonly string[], to: unknown, name: string | null): void {
  let at: unknown = root
  for (const step of place.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return
    at = (at as Record<string, unknown>)[step]
  }
  if (typeof at !== 'object' || at === null) return
  const last = name ?? place.at(-1) ?? ''
  if (to === undefined) Reflect.deleteProperty(at, last)
  else Object.defineProperty(at, last, { value: to, enumerable: true, configurable: true, writable: true })
}

/** A recording, or `null` with an error that says where and what. */
function read(text: string): ReturnType<typeof readRecording> | null {
  try {
    return readRecording(text, masker)
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(/ is .*; allowed: |^it is no JSON/s)
    expect((error as Error).message.length).toBeLessThan(2_000)
    return null
  }
}

describe(`of ${numRuns} lines of a file that came from anywhere`, () => {
  test(
    'each is told what is wrong with it, or becomes a recording without its secrets that the store takes and gives back',
    async () => {
      const { store, warnings } = openStore({ file: join(tempFolder(), 'silk.db'), retentionCount: 1_000_000 })
      let taken = 0
      await fc.assert(
        fc.asyncProperty(line, async (text) => {
          const made = read(text)
          if (made === null) return

          // A value that is planted under another name is no secret any more: only whole lines are asked.
          if (PLACES.every((place) => text.includes(`"${place.at(-1)}"`))) {
            expect(JSON.stringify(made.recording)).not.toContain(SECRET)
          }
          // Each with an id of a millisecond of its own, or the store would leave out all but the first.
          const id = idAt(NOON + taken++)
          store.writer.push({ ...made, recording: { ...made.recording, id } })
          if (taken % 200 !== 0) return
          await store.writer.flush()
          expect(JSON.parse(new TextDecoder().decode((await store.reader.requestJson(id)) ?? undefined)).id).toBe(id)
        }),
        { numRuns },
      )
      await store.writer.flush()
      expect(taken).toBeGreaterThan(numRuns / 100)
      expect((await store.reader.health()).writes).toMatchObject({
        storedCount: taken,
        dropped: { overflow: 0, unusable: 0, refused: 0, closed: 0 },
      })
      expect(warnings).toEqual([])
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'and so is what is no line at all',
    () => {
      const noise = fc.tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 10 }), fc.nat(20))
      const whole = JSON.stringify(LINE)
      fc.assert(
        fc.property(noise, fc.jsonValue(), ([at, text, length], value) => {
          const place = at % whole.length
          read(whole.slice(0, place) + text + whole.slice(place + length))
          read(whole.slice(0, place))
          read(JSON.stringify(value))
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})
