import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import silk, { type NewFinding, type SilkOptions } from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAnnouncer } from '#dist/announce.js'
import type { Occurrence } from '../../src/model/finding.js'
import { recording } from '../dashboard/support/build-recordings.js'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

async function start(options: SilkOptions) {
  const db = await sqliteLibrary()
  const profiler = silk(options)
  const app = express()
  app.use('/api', profiler)
  app.get('/api/authors', async (_req, res) => {
    for (let id = 0; id < 6; id++) await db('authors').where({ id })
    res.json(1)
  })
  const server = await serve(app)
  const close = async (): Promise<void> => {
    await server.close()
    await profiler.close()
    await db.destroy()
  }
  return { profiler, close, origin: server.origin, get: () => fetch(`${server.origin}/api/authors`) }
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'silk-new-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('a finding is told once for each store, with a link to its page', async () => {
  const store = join(folder(), 'silk.db')
  const told: NewFinding[] = []
  const onFinding = (finding: NewFinding): void => void told.push(finding)
  const first = await start({ store, onFinding })
  await first.get()
  await first.get()
  await first.profiler.flush()

  const [finding] = told
  expect(told.map(({ kind, method, route }) => ({ kind, method, route }))).toEqual([
    { kind: 'n-plus-one', method: 'GET', route: '/api/authors' },
  ])
  expect(finding?.url).toBe(`${first.origin}/api/silk/findings/${finding?.key}`)
  expect((await fetch(finding?.url ?? '')).status).toBe(200)
  await first.close()

  const second = await start({ store, onFinding })
  await second.get()
  await second.profiler.flush()
  await second.close()
  expect(told.length).toBe(1)
})

test('what the listener throws reaches nobody but onError', async () => {
  const heard: Error[] = []
  const { profiler, get, close } = await start({
    store: ':memory:',
    onFinding: () => {
      throw new Error('of the listener')
    },
    onError: (error) => heard.push(error),
  })
  const { status } = await get()
  await profiler.flush()
  await close()

  expect(status).toBe(200)
  expect(heard).toEqual([
    expect.objectContaining({ message: expect.stringContaining('`onFinding`'), cause: new Error('of the listener') }),
  ])
})

describe('the line on the console', () => {
  const occurrence = (key: string, message = '6 queries'): Occurrence => ({
    findingKey: key,
    kind: 'n-plus-one',
    message,
    statements: [],
    fingerprints: [],
    count: 6,
    queryIndexes: [],
    callSite: { file: 'routes/a.ts', line: 7, column: 1, function: null, source: 'captured' },
    parent: null,
    totalMs: 1,
    savingMs: null,
    savingBasis: '',
    fix: null,
  })
  const lines = (
    options: { production?: boolean; onFinding?: false },
    occurrences: readonly Occurrence[],
  ): string[] => {
    const written: string[] = []
    const announce = createAnnouncer({
      onFinding: options.onFinding ?? null,
      production: options.production ?? false,
      home: () => '/silk',
      onError: (error) => {
        throw error
      },
      write: (line) => written.push(line),
    })
    for (const one of occurrences) announce({ recording: recording(), occurrence: one })
    return written
  }

  test('names kind, place and page', () => {
    const [line = ''] = lines({}, [occurrence('abc')])

    expect(line).toMatch(
      /^silk: n-plus-one in GET \S+ at routes\/a\.ts:7: 6 queries (http:\/\/[\w.:-]+)?\/silk\/findings\/abc\n$/,
    )
  })

  test('is not printed in production, nor where it is switched off', () => {
    expect(lines({ production: true }, [occurrence('a')])).toEqual([])
    expect(lines({ onFinding: false }, [occurrence('a')])).toEqual([])
  })

  test('comes ten times in a minute at most', () => {
    const written = lines(
      {},
      Array.from({ length: 40 }, (_, at) => occurrence(`key${at}`)),
    )

    expect(written.length).toBe(11)
    expect(written.at(-1)).toContain('more findings')
  })

  test('holds nothing that a terminal would obey', () => {
    const [line = ''] = lines({}, [occurrence('a', 'select \u001b[2J\u0007\r\n\u202e\u009b31m x')])

    expect(line.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})
