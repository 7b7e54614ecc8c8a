import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { request } from '../store/sample-recordings.js'
import { fillStore, run, temporaryFolder } from './support.js'

const folder = temporaryFolder()
const store = folder.file('silk.db')
const TOKEN = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_')
const spans = [
  {
    ...{ index: 0, parentIndex: null, kind: 'code' as const, name: 'price', startMs: 0.5, durationMs: 2, ownMs: 1.5 },
    ...{ queryCount: 0, sqlMs: 0, error: null, tags: { items: 3, token: TOKEN }, callSite: null },
  },
  {
    ...{ index: 1, parentIndex: 0, kind: 'http' as const, name: 'GET shop.test', startMs: 1, durationMs: null },
    ...{ ownMs: null, queryCount: 0, sqlMs: 0, error: `Error: ${TOKEN}`, tags: {}, callSite: null },
  },
]
const usage = { memoryBytes: 1_234_567, eventLoopShare: 0.5, cpuMs: null }
const recordings = [
  request({ url: '/a', said: { tags: ['cart'], user: { id: '7', name: 'Ada' }, usage } }, 0),
  request({ url: '/b' }, 1),
].map((one, at) =>
  at === 1 ? one : { ...one, recording: { ...one.recording, spans, spanSums: [{ ...sum('late') }] } },
)
const [first = '', second = ''] = recordings.map(({ recording }) => recording.id)

function sum(name: string) {
  return { kind: 'code' as const, name, count: 7, totalMs: 3 }
}

beforeAll(() => fillStore(store, recordings))
afterAll(() => folder.remove())

const cli = (...args: string[]) => run([...args, '--store', store])
const jsonOf = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).out)
const idsOf = async (...args: string[]) =>
  (await jsonOf('list', ...args)).items.map(({ id }: { id: string }) => id) as string[]

describe('pin, unpin and tag', () => {
  test('mark recordings, which the list then finds', async () => {
    expect(await cli('pin', first, second)).toMatchObject({ code: 0, out: 'Pinned 2 recordings.\n' })
    expect(await jsonOf('unpin', first)).toEqual({ found: 1, changed: 1 })
    expect(await idsOf('--pinned')).toEqual([second])

    expect(await cli('tag', second, ' odd one ', 'b')).toMatchObject({ code: 0, out: 'Tags: b, odd one\n' })
    expect(await jsonOf('tag', second, 'b', '--remove')).toEqual({ id: second, tags: ['odd one'] })
    expect(await idsOf('--tag', 'odd one', '--pinned')).toEqual([second])
    expect((await cli('list')).out).toContain('pinned #odd one')
  }, 120_000)

  test.each([
    [['pin'], 2, '<id> is missing'],
    [['pin', '../x'], 2, '<id> is "../x"; allowed: the id of a recording'],
    [['pin', '019a0000-0000-7000-8000-00000000ffff'], 1, 'The store has no recording of 1 id.'],
    [['tag'], 2, '<id> is missing'],
    [['tag', 'x'], 2, '<tag> is missing; allowed: a tag of 1 to 60 characters'],
    [['tag', 'x', 'y'.repeat(61)], 2, 'allowed: a tag of 1 to 60 characters'],
    [['tag', '019a0000-0000-7000-8000-00000000ffff', 'y'], 1, 'No recording in the store'],
    [['list', '--tag', 'x'.repeat(61)], 2, '--tag is'],
  ])('%j is refused', async (args, code, message) => {
    expect(await cli(...args)).toMatchObject({ code, err: expect.stringContaining(message) })
  })

  test.each(['pin', 'unpin', 'tag'])('%s has help', async (name) => {
    expect(await run([name, '--help'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage: express-silk .*[\s\S]*Exit code: 0/),
    })
  })
})

test('show tells tags, user and what the process used', async () => {
  const { out } = await cli('show', first)

  expect(out).toContain('user 7 (Ada)  #cart')
  expect(out).toContain('Of the whole process: event loop busy 50 %, memory +1.2 MB')
  expect(await idsOf('--user', '7')).toEqual([first])
})

test('export and import keep spans, marks, user and usage, masked anew', async () => {
  const file = folder.file('all.jsonl')
  const copy = folder.file('copy.db')
  await cli('pin', first)
  await cli('export', file)
  await run(['import', file, '--store', copy])
  const { out } = await run(['show', first, '--json', '--store', copy])

  expect(JSON.parse(out)).toMatchObject({
    ...{ tags: ['cart'], pinned: true, user: { id: '7', name: 'Ada' }, usage },
    spans: [
      { ...spans[0], tags: { items: 3, token: '[redacted]' } },
      { ...spans[1], error: 'Error: [redacted]' },
    ],
    spanSums: [sum('late')],
  })
  expect(out).not.toContain(TOKEN)
}, 120_000)

test('an import believes no span that is in itself, or in a later one', async () => {
  const line = {
    ...{ id: '01932f00-0000-7000-8000-00000000beef', kind: 'job', name: 'x', startedAt: '2026-11-22T08:40:00.000Z' },
    ...{ durationMs: 1, overheadMs: 0, queryCount: 1, sqlMs: 0, sqlWallMs: 0, poolWaitMs: 0, occurrences: [] },
    spans: [
      { parentIndex: 0, kind: 'code', name: 'own', startMs: 0, queryCount: 0, sqlMs: 0, tags: {} },
      { parentIndex: 2, kind: 'code', name: 'later', startMs: 0, queryCount: 0, sqlMs: 0, tags: {} },
    ],
    queries: [{ statement: 'select 1', bindings: [], connection: 'c', startMs: 0, late: false, spanIndex: 2 }],
  }
  const input = `{"format":"express-silk","version":1}\n${JSON.stringify(line)}\n`
  const file = folder.file('odd.db')
  await run(['import', '-', '--store', file], { input })
  const told = JSON.parse((await run(['show', line.id, '--json', '--store', file])).out)

  expect(told.spans.map(({ parentIndex }: { parentIndex: number | null }) => parentIndex)).toEqual([null, null])
  expect(told.queries[0].spanIndex).toBeNull()
})
