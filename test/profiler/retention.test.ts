import express from 'express'
import silk, { type SilkOptions } from 'express-silk'
import { expect, onTestFinished, test, vi } from 'vitest'
import { serve } from '../support/capture-harness.js'

/** Answers each path, `/fail…` by an error. */
async function start(retention: SilkOptions['retention']) {
  const profiler = silk({ store: ':memory:', retention, onFinding: false })
  const app = express()
  app.use(profiler)
  app.use((req, res) => void res.status(req.path.startsWith('/fail') ? 500 : 200).json(1))
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
  })
  const text = async (path: string): Promise<string> => (await fetch(server.origin + path)).text()
  return {
    text,
    /** @returns the ids of the recordings, in order */
    async send(...paths: string[]): Promise<readonly string[]> {
      const ids: string[] = []
      for (const path of paths) ids.push((await fetch(server.origin + path)).headers.get('x-silk-id') ?? '')
      await profiler.flush()
      return ids
    },
    async kept(): Promise<readonly string[]> {
      const { items } = JSON.parse(await text('/silk/requests.json?limit=200')) as { items: { id: string }[] }
      return items.map(({ id }) => id).toReversed()
    },
  }
}

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => `/${name}${at}`)

test('above the count the oldest go, failed ones later; pages tell what is kept, and why another is not', async () => {
  const { send, kept, text } = await start({ count: 20 })
  const failed = await send('/fail1', '/fail2')
  const others = await send(...numbered('x', 60))
  await vi.waitFor(async () => expect(await kept()).toEqual([...failed, ...others.slice(-18)]), { timeout: 10_000 })
  const health = JSON.parse(await text('/silk/health.json')) as { store: object }
  expect(health.store).toMatchObject({
    recordingCount: 20,
    keptLongerCount: 2,
    retention: { count: 20, ageHours: null, bytes: null },
  })
  for (const page of ['/silk/health', '/silk/settings']) {
    expect(await text(page)).toContain('<dt>kept longer</dt><dd>2, being slow, failed or with a finding</dd>')
  }
  expect(await text(`/silk/requests/${others[0]}`)).toContain(
    'silk keeps the newest 20 recordings (slow and failed ones and those with findings longer)',
  )
  expect(await text(`/silk/requests/${failed[0]}`)).toContain('/fail1')
})

test('after its time a recording goes, failed or not, and its page says so', async () => {
  // 36 seconds: what is recorded now stays, and an id of long ago was once given out.
  const { send, kept, text } = await start({ ageHours: 0.01, bytes: 50_000_000 })
  const ids = await send('/a', '/fail')
  expect(await kept()).toEqual(ids)
  expect(await text('/silk/requests/01936f2e-7c00-7000-8000-000000000000')).toContain(
    'silk deletes recordings that are older than 0.01 hours (the option `retention.ageHours`).',
  )
  expect(await text('/silk/settings')).toContain('at most 0.01 hours old, a file of 50.0 MB')
})
