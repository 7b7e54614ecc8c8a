import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempFolder } from '../store/temp-store.js'
import { HOSTILE } from './support/hostile-values.mjs'
import { type App, answerOf, startApp, warningLines } from './support/start-app.js'

const KINDS = Object.keys(HOSTILE)
const pathOf = (kind: string): string => `/hostile/${encodeURIComponent(kind)}`

async function answersTo(app: App): Promise<readonly unknown[]> {
  const answers: unknown[] = []
  for (const kind of KINDS) answers.push(await answerOf(app, pathOf(kind)))
  return answers
}

test('whatever an app binds, it gets what it gets without silk, and each request is recorded', async () => {
  const without = await startApp({ store: null })
  const app = await startApp({ store: join(tempFolder(), 'silk.db') })

  expect(await answersTo(app)).toEqual(await answersTo(without))
  await app.command('flush')

  const { items } = (await (await fetch(`${app.origin}/silk/requests.json?limit=100`)).json()) as {
    items: readonly { id: string; request: { url: string } }[]
  }
  const recorded = new Set(items.map(({ request }) => request.url))
  expect(KINDS.filter((kind) => !recorded.has(pathOf(kind)))).toEqual([])
  // Of a query that lets nobody read it: that its SQL and values are not known.
  expect(warningLines(app)).toEqual([expect.stringContaining('trouble while recording a query: of a trap')])
  for (const { id } of items) {
    expect((await fetch(`${app.origin}/silk/requests/${id}`)).status).toBe(200)
  }
}, 60_000)

test('values of a hundred megabytes are not kept, in memory or on disk', async () => {
  const app = await startApp({ store: join(tempFolder(), 'silk.db'), execArgv: ['--expose-gc'] })
  await answerOf(app, '/one')
  await app.command('flush')
  const before = Number(await app.command('memory'))

  for (const kind of ['a string of 100 MB', 'a buffer of 100 MB', 'a rope of 100 MB', 'a statement of 10 MB']) {
    await answerOf(app, pathOf(kind))
  }
  await app.command('flush')

  expect(Number(await app.command('memory')) - before).toBeLessThan(50 * 1024 * 1024)
  const { store } = (await app.health()) as unknown as { store: { fileBytes: number } }
  expect(store.fileBytes).toBeLessThan(5 * 1024 * 1024)
}, 60_000)

test.each([30_000, 9_000])(
  'thousands of statements of %i characters that are new each time are not kept in memory',
  async (chars) => {
    const app = await startApp({ store: join(tempFolder(), 'silk.db'), execArgv: ['--expose-gc'] })
    const send = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at++) await answerOf(app, `/said?chars=${chars}`)
      await app.command('flush')
    }
    await send(10)
    const before = Number(await app.command('memory'))

    await send(80)

    // Together they are 36 MB and more.
    expect(Number(await app.command('memory')) - before).toBeLessThan(20 * 1024 * 1024)
  },
  60_000,
)

test('events of knex out of their order, of queries that never were, change nothing', async () => {
  const without = await startApp({ store: null })
  const app = await startApp({ store: join(tempFolder(), 'silk.db') })
  expect(await answerOf(app, '/events')).toEqual(await answerOf(without, '/events'))
  await app.command('flush')
  expect((await app.health()).process.recordings.stored).toBe(1)
  expect(warningLines(app)).toEqual([])
})
