import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { Store } from '../../src/model/store.js'
import { callSite, fingerprintOf, naiveRecording, query, REPEATED_SQL, recording } from './support/build-recordings.js'
import { dashboard, host, visit } from './support/dashboard-host.js'

const folder = mkdtempSync(join(tmpdir(), 'silk-stored-'))
const naive = naiveRecording()
const failed = {
  recording: recording({
    request: { method: 'POST', url: '/collections/', route: '/collections/' },
    response: { status: 500 },
    queries: [
      query({ statement: 'insert into `a` values (?)', operation: 'insert', bindings: ['[redacted]'], error: 'no' }),
    ],
  }),
  occurrences: [],
}
const unmatched = { recording: recording({ request: { url: '/nowhere', route: null } }), occurrences: [] }
let store: Store
let app: Express

beforeAll(async () => {
  store = openSqliteStore({
    file: join(folder, 'silk.db'),
    retentionCount: 100,
    onWarning: (error) => {
      throw error
    },
  })
  for (const one of [naive, failed, unmatched]) store.writer.push(one)
  app = host(dashboard({ reader: store.reader, writer: store.writer, beforeRead: () => store.writer.flush() }))
})
afterAll(async () => {
  await store.writer.close()
  rmSync(folder, { recursive: true })
})

async function json(path: string): Promise<Record<string, never> & { items: never[] }> {
  const { body } = await visit(app, `/silk${path}`)
  return body
}

describe('over the SQLite store', () => {
  test('the overview tells the finding and the routes', async () => {
    const overview = (await json('/overview.json')) as unknown as {
      requestCount: number
      findings: { key: string; recordingCount: number; latestRecordingId: string; callSite: object }[]
      routes: { route: string | null }[]
    }
    expect([overview.requestCount, overview.findings.length, overview.routes.length]).toEqual([3, 1, 3])
    expect(overview.findings[0]).toMatchObject({
      key: 'f1nd1ng0000000000000000000000001',
      recordingCount: 1,
      latestRecordingId: naive.recording.id,
      callSite: callSite(),
    })
  })

  test('the naive request is told as it was recorded', async () => {
    const told = (await json(`/requests/${naive.recording.id}.json`)) as unknown as {
      queryCount: number
      queries: { bindings: unknown[]; statement: string; callSite: object }[]
      occurrences: { count: number; message: string }[]
    }
    expect([told.queryCount, told.queries.length, told.queries[50]?.bindings]).toEqual([51, 51, [50]])
    expect(told.queries[7]).toMatchObject({ statement: REPEATED_SQL, callSite: callSite() })
    expect(told.occurrences[0]).toMatchObject({ count: 50, message: naive.occurrences[0]?.message })
  })

  test.each([
    ['status=5xx', [failed.recording.id]],
    ['has=n-plus-one', [naive.recording.id]],
    ['finding=f1nd1ng0000000000000000000000001', [naive.recording.id]],
    ['route=(none)', [unmatched.recording.id]],
    ['q=nowhere', [unmatched.recording.id]],
    ['method=POST', [failed.recording.id]],
    [`statement=${fingerprintOf(REPEATED_SQL)}`, [naive.recording.id]],
    ['limit=1', [unmatched.recording.id]],
  ])('requests?%s', async (search, ids) => {
    const { items } = (await json(`/requests.json?${search}`)) as unknown as { items: { id: string }[] }
    expect(items.map(({ id }) => id)).toEqual(ids)
  })

  test('every page is made', async () => {
    const statements = (await json('/statements.json')) as unknown as { items: { id: string }[] }
    const paths = [
      ...['/', '/requests', `/requests/${naive.recording.id}`, `/requests/${failed.recording.id}?queries=all`],
      ...['/statements', '/findings', '/findings/f1nd1ng0000000000000000000000001', '/settings', '/settings/clear'],
      ...statements.items.map(({ id }) => `/statements/${id}`),
    ]
    const statuses = await Promise.all(paths.map(async (path) => [path, (await visit(app, `/silk${path}`)).status]))
    expect(statuses).toEqual(paths.map((path) => [path, 200]))
    expect(statements.items.length).toEqual(3)
  })
})
