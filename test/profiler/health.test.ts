import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import silk from 'express-silk'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../support/capture-harness.js'

async function start(store: string) {
  const heard: string[] = []
  const profiler = silk({ store, onError: (error) => heard.push(error.message) })
  const app = express()
  app.use(profiler)
  app.get('/one', (_req, res) => {
    res.json(1)
  })
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
  })
  const get = async (path: string): Promise<string> => (await fetch(server.origin + path)).text()
  return { profiler, heard, get, health: async () => JSON.parse(await get('/silk/health.json')) }
}

test('the health page tells what was made and stored, what writing took, and what silk itself cost', async () => {
  const { profiler, get, health } = await start(':memory:')
  for (let turn = 0; turn < 3; turn++) await get('/one')
  await profiler.flush()
  const told = await health()
  expect(told.process).toMatchObject({
    pid: process.pid,
    recordings: { made: 3, stored: 3 },
    dropped: { overflow: 0, unusable: 0, refused: 0, closed: 0 },
    warnings: [],
  })
  expect(told.process.batches.count).toBeGreaterThan(0)
  expect(told.process.batches.maxMs).toBeGreaterThan(0)
  expect(told.process.recordings.madeMs).toBeGreaterThan(0)
  expect(told.ownCost).toMatchObject({ requestCount: 3 })
  expect(told.ownCost.p50Ms).toBeGreaterThan(0)
  expect(told.store).toMatchObject({ file: null, recordingCount: 3, queuedCount: 0, problem: null, pausedAt: null })
  expect(await get('/silk/health')).toContain('All is well.')
})

test('a failure of silk is told once, counted on the health page, and in the foot of every page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'silk-health-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'silk.db')
  writeFileSync(file, 'this is no database, and was here before silk came '.repeat(100))
  const { profiler, heard, get, health } = await start(file)
  for (let turn = 0; turn < 2; turn++) {
    await get('/one')
    await profiler.flush()
  }
  expect(heard.filter((message) => message.includes('not a database')).length).toBeGreaterThan(0)
  const told = await health()
  expect(told.process.dropped).toMatchObject({ unusable: 2, overflow: 0 })
  expect(told.process.warnings[0]).toMatchObject({
    message: expect.stringContaining('is damaged or not a database'),
    lastAt: expect.stringMatching(/Z$/),
  })
  expect(told.store.problem).toContain('not a database')
  expect(told.ownCost).toEqual(null)
  const page = await get('/silk/health')
  expect(page).toContain('Nothing is being stored.')
  expect(page).toMatch(/<a class="c-waste" href="\/silk\/health">\d+ warnings?<\/a>/)
})
