import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type App, ASKED_COUNT, answerOf, answersOf, type Health, startApp, warningLines } from './support/start-app.js'
import { STORE_FAULTS, slowDisk } from './support/store-faults.js'

const folders = mkdtempSync(join(tmpdir(), 'silk-faults-'))
chmodSync(folders, 0o777)
let count = 0

/** Where a store will be; its folder is not there yet. */
function newFile(): string {
  const folder = join(folders, String(count++))
  mkdirSync(folder)
  // The app may run as another user.
  chmodSync(folder, 0o777)
  return join(folder, 'silk', 'silk.db')
}

let without: readonly unknown[] = []
beforeAll(async () => {
  const app = await startApp({ store: null })
  without = await answersOf(app)
  app.kill()
})
afterAll(() => rmSync(folders, { recursive: true, force: true }))

function notStored({ process, store }: Health): number {
  return Object.values(process.dropped).reduce((sum, dropped) => sum + dropped, store.queuedCount)
}

/** Records until something recorded is stored again. */
async function recordsAgain(app: App): Promise<void> {
  const { stored } = (await app.health()).process.recordings
  await vi.waitFor(
    async () => {
      await answerOf(app, '/one')
      await app.command('flush')
      const { process, store } = await app.health()
      expect([process.recordings.stored > stored, store.problem]).toEqual([true, null])
    },
    { timeout: 40_000, interval: 300 },
  )
}

describe.concurrent.each(STORE_FAULTS.map((fault) => [fault.name, fault] as const))('a store that %s', (_, fault) => {
  test.skipIf(fault.isPossible?.() === false)(
    'changes no answer, is told with its cause, and is used again when it can be',
    async ({ expect }) => {
      const file = newFile()
      await fault.before?.(file)
      const app = await startApp({ store: file, ...fault.settings })
      await answerOf(app, '/one')
      await app.command('flush')
      await fault.begin?.(file, app)

      expect(await answersOf(app)).toEqual(without)
      const { warning } = fault
      if (warning !== null) {
        await vi.waitFor(
          async () => {
            await answerOf(app, '/one')
            await app.command('flush')
            expect(warningLines(app)).toEqual([expect.stringMatching(warning)])
          },
          { timeout: 30_000, interval: 500 },
        )
        const health = await app.health()
        expect(health.store.problem).toMatch(warning)
        expect(health.process.warnings.map(({ message }) => message)).toContainEqual(expect.stringMatching(warning))
        expect(notStored(health)).toBeGreaterThanOrEqual(ASKED_COUNT)
      }
      await fault.end?.(file, app)
      await recordsAgain(app)

      expect(await answersOf(app)).toEqual(without)
      const lines = warningLines(app)
      if (warning !== null) expect(lines).toHaveLength(1)
      else expect(lines.filter((line) => !fault.mayTell?.test(line))).toEqual([])
      expect(lines.length).toBeLessThanOrEqual(1)
      expect((await fetch(`${app.origin}/silk/requests`)).status).toBe(200)
      app.kill()
    },
    90_000,
  )
})

test('a slow disk changes no answer, and holds the app up for a small part of the time', async ({ skip }) => {
  const library = slowDisk(folders)
  if (library === null) return skip('there is no C compiler to make a disk slow with')
  const app = await startApp({ store: newFile(), env: { LD_PRELOAD: library, SILK_TEST_DELAY_US: '5000' } })
  const startedAt = performance.now()
  while (performance.now() - startedAt < 6_000) {
    expect(await answersOf(app)).toEqual(without)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { process } = await app.health()
  // Were it written to as fast as it can, nearly all of the time.
  expect(process.batches.count).toBeGreaterThan(3)
  expect(process.batches.p50Ms).toBeGreaterThan(50)
  expect((process.batches.count * process.batches.p50Ms) / (performance.now() - startedAt)).toBeLessThan(0.5)
  expect(process.dropped).toEqual({ overflow: 0, unusable: 0, refused: 0, closed: 0 })
  app.kill()
}, 60_000)
