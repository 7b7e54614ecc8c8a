import { describe, expect, test } from 'vitest'
import { createHistoryDetectors } from '../../../src/analysis/history/index.js'
import type { Occurrence } from '../../../src/model/finding.js'
import type { HistoryRecording, HistoryWrite } from '../../../src/model/history.js'
import type { RecordedBinding } from '../../../src/model/query.js'
import { buildRecording, callSite, DETECT, type QuerySketch, query } from '../../support/build-recording.js'

const SETTINGS = 'select * from "settings"'
const BY_AREA = 'select * from "settings" where "area" = ?'

/** Requests of one route, each with queries by its number. */
function requests(
  count: number,
  queriesOf: (at: number) => readonly QuerySketch[],
  urlOf: (at: number) => string = (at) => `/start?at=${at}`,
): readonly HistoryRecording[] {
  return Array.from({ length: count }, (_, at) => {
    const queries = queriesOf(at).map((each) => ({ resultBytes: 100, ...each }))
    const recording = buildRecording({ id: `r${at}`, route: '/start', url: urlOf(at), queries })
    if (recording.request === null) throw new Error('a request has one')
    return { id: recording.id, request: recording.request, queries: recording.queries }
  })
}

function find(recordings: readonly HistoryRecording[], writes: readonly HistoryWrite[] = [], detect = DETECT) {
  const request = { method: 'GET', route: '/start' }
  return createHistoryDetectors(detect).ofRoute({ request, recordings, writes })
}

function write(fingerprintText: string, recordingCount: number, line: number | null = null): HistoryWrite {
  const site = line === null ? null : callSite(line, { file: 'src/admin.ts' })
  return { fingerprintText, operation: 'update', recordingCount, callSite: site }
}

/** The same bindings in every query of a recording, as masking or a limit left them. */
function kept(recordings: readonly HistoryRecording[], bindings: readonly RecordedBinding[] | null) {
  return recordings.map((one) => ({ ...one, queries: one.queries.map((each) => ({ ...each, bindings })) }))
}

const same = (): readonly QuerySketch[] => [query(BY_AREA, ['shop'], { rowCount: 3, durationMs: 4 })]

describe('the same read in nearly every request', () => {
  test.each([
    ['with a value', same],
    ['of a whole table', () => [query(SETTINGS, [], { rowCount: 9 })]],
    [
      'with another that differs each time',
      (at: number) => [...same(), query('select * from "notes" where "id" = ?', [at])],
    ],
    ['twice in each request', () => [...same(), ...same()]],
    [
      'with a few different values in each request',
      () => ['shop', 'mail'].map((area) => query(BY_AREA, [area], { rowCount: 3 })),
    ],
  ])('%s is worth caching', (_, queriesOf) => {
    const found = find(requests(20, queriesOf))
    expect(found.map(({ recordingId }) => recordingId)).toEqual(Array.from({ length: 20 }, (_, at) => `r${at}`))
    expect(new Set(found.map(({ occurrence }) => occurrence.findingKey)).size).toEqual(1)
  })

  test('is told with its numbers, and costs what it took', () => {
    const [found] = find(requests(20, () => [...same(), ...same()]))
    expect(found?.occurrence).toMatchObject<Partial<Occurrence>>({
      kind: 'repeated-across-requests',
      message:
        '20 of the latest 20 requests ran this statement with the same values, and meanwhile nothing wrote to `settings`',
      statements: ['select * from settings where area = ?'],
      count: 2,
      queryIndexes: [0, 1],
      totalMs: 8,
      savingMs: 8,
    })
  })

  test('in 17 of 20 is found in these 17; in 16 it is not over 80 %', () => {
    const inSome = (count: number) => requests(20, (at) => (at < count ? same() : []))
    expect(find(inSome(17)).length).toEqual(17)
    expect(find(inSome(16))).toEqual([])
  })

  test('with a value of the address is found when the addresses differ, the value does not', () => {
    const urlOf = (at: number) => (at % 10 === 0 ? `/areas/${at}` : '/areas/shop')
    const queriesOf = (at: number) => [query(BY_AREA, [at % 10 === 0 ? String(at) : 'shop'], { rowCount: 3 })]
    expect(find(requests(20, queriesOf, urlOf)).length).toEqual(18)
  })

  test('is one finding for each statement', () => {
    const two = () => [...same(), query('select * from "flags"', [], { rowCount: 2 })]
    expect(new Set(find(requests(20, two)).map(({ occurrence }) => occurrence.findingKey)).size).toEqual(2)
  })
})

describe('what changes now and then', () => {
  test.each([
    ['one write in 20 requests', 20, 1, 20],
    ['two writes in 40 requests', 40, 2, 40],
    ['a write to another table', 20, 0, 20],
  ])('%s leaves it worth caching', (_, count, writeCount, foundCount) => {
    const writes = [write('update "settings" set "a" = ?', writeCount), write('insert into "notes" values (?)', 99)]
    expect(find(requests(count, same), writes).length).toEqual(foundCount)
  })

  test.each([
    ['two writes in 20 requests', [write('update "settings" set "a" = ?', 2)]],
    ['one update and one delete', [write('update "settings" set "a" = ?', 1), write('delete from "settings"', 1)]],
    ['a table with its schema, or in other letters', [write('update "public"."Settings" set "a" = ?', 2)]],
    ['a procedure that may write anywhere', [{ ...write('call "refresh" (?)', 2), operation: 'other' as const }]],
  ])('%s: silence', (_, writes) => {
    expect(find(requests(20, same), writes)).toEqual([])
  })

  test('a `set` or `pragma` writes nothing', () => {
    const harmless = ['set search_path to "app"', 'pragma busy_timeout = ?', 'show server_version']
    const writes = harmless.map((text) => ({ ...write(text, 50), operation: 'other' as const }))
    expect(find(requests(20, same), writes).length).toEqual(20)
  })

  test('answers of another length, since another program writes: silence', () => {
    const growing = (at: number) => [query(BY_AREA, ['shop'], { rowCount: Math.floor(at / 5) })]
    expect(find(requests(20, growing))).toEqual([])
    const once = (at: number) => [query(BY_AREA, ['shop'], { rowCount: at < 7 ? 3 : 4 })]
    expect(find(requests(20, once)).length).toEqual(20)
  })
})

describe('silence', () => {
  test.each<[string, (at: number) => readonly QuerySketch[]]>([
    ['values that differ', (at) => [query(BY_AREA, [`area ${at}`])]],
    ['literals that differ', (at) => [query(`select * from "settings" where "id" = ${at}`)]],
    ['writes', () => [query('update "settings" set "seen" = ?', [1])]],
    ['no table', () => [query('select 1'), query('select now()')]],
    ['chance', () => [query('select * from "ads" order by random() limit 1')]],
    ['the clock', () => [query('select * from "ads" where "until" > now()')]],
    ['the clock in a literal', () => [query(`select * from "ads" where "until" > datetime('now')`)]],
    ['the day', () => [query('select * from "ads" where "day" = current_date')]],
    ['a lock', () => [query('select * from "settings" where "area" = ? for update', ['shop'])]],
    ['a transaction', () => [query(BY_AREA, ['shop'], { transactionId: 'trx1' })]],
    [
      'what the app says is none',
      () => [query(SETTINGS, [], { evidence: { ignoredKinds: ['repeated-across-requests'] } })],
    ],
    ['what the app says is nothing', () => [query(SETTINGS, [], { evidence: { ignoredKinds: ['all'] } })]],
    ['a stream', () => [query(SETTINGS, [], { rowCount: 9, resultBytes: null })]],
    ['a failure', () => [query(BY_AREA, ['shop'], { error: 'no such table' })]],
    [
      'a loop over the same rows',
      () => [1, 2, 3, 4, 5, 6].map((id) => query('select * from "b" where "a_id" = ?', [id])),
    ],
    ['another connection each time', (at) => [query(BY_AREA, ['shop'], { connection: `tenant ${at}` })]],
  ])('%s', (_, queriesOf) => {
    expect(find(requests(25, queriesOf))).toEqual([])
  })

  test.each<[string, readonly RecordedBinding[] | null]>([
    ['are not kept', null],
    ['are masked', ['[redacted]']],
    ['are masked in part', ['token [redacted] of user 3']],
    ['are masked by stars', ['***']],
    ['are cut', [`${'x'.repeat(500)}… (900 chars)`]],
    ['were too many', [1, 2, '… (1000 more)']],
    ['are bytes', ['<Buffer 16 bytes>']],
  ])('where the values %s', (_, bindings) => {
    expect(find(kept(requests(25, same), bindings))).toEqual([])
  })

  test('fewer than 20 requests', () => {
    expect(find(requests(19, same))).toEqual([])
  })

  test.each([
    ['path', '/areas/shop'],
    ['query', '/start?area=shop'],
    ['encoded path', '/areas/sh%6Fp'],
  ])('a page that is loaded again and again, with the value from its %s', (_, url) => {
    expect(find(requests(25, same, () => url))).toEqual([])
  })

  test('where it is switched off, for all or for the route', () => {
    const off = { ...DETECT, repeatedAcrossRequests: null }
    expect(find(requests(25, same), [], off)).toEqual([])
    expect(find(requests(25, same), [], { ...DETECT, routes: { 'GET /start': off } })).toEqual([])
    const rule = { kind: 'repeated-across-requests', statement: 'settings' }
    expect(find(requests(25, same), [], { ...DETECT, ignore: [rule] })).toEqual([])
  })
})

describe('the fix', () => {
  const fixOf = (queriesOf: () => readonly QuerySketch[], writes: readonly HistoryWrite[] = []) =>
    find(requests(20, queriesOf), writes)[0]?.occurrence.fix

  test('names where the table is written', () => {
    expect(fixOf(same, [write('update "settings" set "a" = ?', 1, 40)])?.summary).toContain('as at `src/admin.ts:40`')
    expect(fixOf(same)?.summary).toContain('wherever `settings` is written')
  })

  test.each([
    [() => [query(SETTINGS)], "knex('settings')"],
    [() => [query('select * from `settings`')], "knex('settings')"],
    [same, "knex('settings').where('area', 'shop')"],
    [() => [query(BY_AREA, ["it's \\ \n"])], "knex('settings').where('area', 'it\\'s \\\\ \\n')"],
    [
      () => [query('select "id", "name" from "settings" where "shop_id" = ? order by "name" desc', [7])],
      "knex('settings').select('id', 'name').where('shop_id', 7).orderBy('name', 'desc')",
    ],
  ])('has code where the statement tells enough: %#', (queriesOf, code) => {
    expect(fixOf(queriesOf)?.code).toContain(`??= await ${code}\n`)
  })

  test.each([
    [() => [query('select * from "settings" where "area" = ? limit ?', ['shop', 1])]],
    [() => [query('select * from "settings" where "area" = ? and "on" = ?', ['shop', 1])]],
    [() => [query('select count(*) from "settings"')]],
    [() => [query('select * from "a" join "b" on "a"."id" = "b"."a_id"')]],
    [() => [query(BY_AREA, ['shop']), query(BY_AREA, ['mail'])]],
  ])('has none where it does not: %#', (queriesOf) => {
    expect(fixOf(queriesOf)?.summary).toContain('Keep the answer for the process')
    expect(fixOf(queriesOf)?.code).toEqual(null)
  })
})
