import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { tempFolder } from '../store/temp-store.js'
import { answerOf, type Health, startApp } from './support/start-app.js'

/** Keeps the app's event loop late, as long as `goOn` says; the requests run one after another all the time. */
async function overload(ask: (path: string) => Promise<unknown>, goOn: () => boolean): Promise<void> {
  await Promise.all(
    Array.from({ length: 2 }, async () => {
      while (goOn()) await ask('/spin?ms=300')
    }),
  )
}

test('under overload silk takes less, step by step, and takes it up again when the load falls', async () => {
  const app = await startApp({ store: join(tempFolder(), 'silk.db') })
  const loadOf = async (): Promise<Health['process']['load']> => (await app.health()).process.load
  await answerOf(app, '/one')
  expect((await loadOf()).level).toBe(0)

  let highest = 0
  const watching = (async () => {
    while (highest < 4) highest = Math.max(highest, (await loadOf()).level)
  })()
  await overload(
    (path) => answerOf(app, path),
    () => highest < 4,
  )
  await watching
  const { leftOut } = await loadOf()
  // At this level a request is answered, and not recorded.
  const { recordings } = (await app.health()).process
  expect(await answerOf(app, '/many')).toMatchObject({ status: 200 })
  expect((await loadOf()).left.requests).toBeGreaterThan(0)
  expect(await (await fetch(`${app.origin}/silk/health`)).text()).toContain('The app is under overload.')

  await vi.waitFor(async () => expect((await loadOf()).level).toBe(0), { timeout: 40_000, interval: 500 })
  const { steps } = await loadOf()
  const levels = steps.map(({ level }) => level)
  expect(leftOut).toEqual(['stacks', 'bindings', 'bodies', 'requests'])
  expect(levels.slice(0, 4)).toEqual([1, 2, 3, 4])
  expect(levels.slice(-4)).toEqual([3, 2, 1, 0])
  expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).toSorted())

  await answerOf(app, '/many')
  await app.command('flush')
  const after = await app.health()
  expect(after.process.recordings.stored).toBeGreaterThan(recordings.stored)
  const { items } = (await (await fetch(`${app.origin}/silk/requests.json?limit=1`)).json()) as {
    items: { id: string }[]
  }
  const { queries } = (await (await fetch(`${app.origin}/silk/requests/${items[0]?.id}.json`)).json()) as {
    queries: { bindings: unknown; callSite: { file: string } | null }[]
  }
  expect(queries).toHaveLength(20)
  expect(queries[19]).toMatchObject({ bindings: [19, 1], callSite: { file: expect.stringContaining('app.mjs') } })
}, 90_000)
