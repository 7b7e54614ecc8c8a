import { join } from 'node:path'
import express, { type Response } from 'express'
import silk from 'express-silk'
import { expect, onTestFinished, test } from 'vitest'
import { tempFolder } from '../store/temp-store.js'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

/** An app whose answers are held back until `answer` is called. */
async function start() {
  const db = await sqliteLibrary()
  const file = join(tempFolder(), 'silk.db')
  const errors: string[] = []
  const open = () => silk({ store: file, onError: (error) => errors.push(error.message), onFinding: () => {} })
  const profiler = open()
  const held: Response[] = []
  const app = express()
  app.use(profiler)
  app.get('/held', async (_req, res) => {
    await db('authors').first()
    held.push(res)
  })
  app.get('/begun', async (_req, res) => {
    await db('books').first()
    res.write('the first half, ')
    held.push(res)
  })
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await db.destroy()
  })
  const allHeld = async (count: number): Promise<void> => {
    while (held.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const answer = (): void => {
    for (const res of held) res.end('done')
  }
  /** What another process sees in the store. */
  const look = async () => {
    const other = open()
    const second = await serve(express().use(other))
    onTestFinished(async () => {
      await second.close()
      await other.close()
    })
    return async (path: string): Promise<string> => (await fetch(`${second.origin}/silk${path}`)).text()
  }
  return { server, profiler, errors, allHeld, answer, look }
}

test('what is being answered when silk is closed is recorded as it stands, and answered as ever', async () => {
  const { server, profiler, errors, allHeld, answer, look } = await start()
  const answers = ['/held', '/begun'].map(async (path) => (await fetch(server.origin + path)).text())
  await allHeld(2)

  await profiler.close()
  answer()

  expect(await Promise.all(answers)).toEqual(['done', 'the first half, done'])
  const get = await look()
  const { items } = JSON.parse(await get('/requests.json?kind=request'))
  expect(items.map(({ request, queryCount }: never) => [request, queryCount])).toEqual([
    [expect.objectContaining({ url: expect.stringMatching(/held|begun/) }), 1],
    [expect.objectContaining({ url: expect.stringMatching(/held|begun/) }), 1],
  ])
  const recorded = JSON.parse(await get(`/requests/${items[0].id}.json`))
  expect(recorded).toMatchObject({ response: null, request: { route: expect.stringMatching(/held|begun/) } })
  expect(recorded.queries).toHaveLength(1)
  expect(await get('/requests')).toContain('Unfinished')
  expect(await get(`/requests/${items[0].id}`)).toContain('Unfinished')
  expect(errors).toEqual([])
})

test('beyond 500 of them the others are counted, and told', async () => {
  const { server, profiler, errors, allHeld, answer, look } = await start()
  const answers = Array.from({ length: 510 }, async () => (await fetch(`${server.origin}/held`)).text())
  await allHeld(510)

  await profiler.close()
  answer()

  expect(new Set(await Promise.all(answers))).toEqual(new Set(['done']))
  expect(errors).toEqual(['10 requests that are still being answered are not recorded.'])
  const { store } = JSON.parse(await (await look())('/health.json'))
  expect(store.recordingCount).toBe(500)
})
