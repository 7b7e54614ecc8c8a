import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { tempFolder } from '../store/temp-store.js'
import { type App, type AppSettings, ASKED_COUNT, answersOf, startApp, warningLines } from './support/start-app.js'

const BROKEN_DETECTOR = fileURLToPath(new URL('support/broken-detector.mjs', import.meta.url))

let without: readonly unknown[] = []
beforeAll(async () => {
  const app = await startApp({ store: null })
  without = await answersOf(app)
  app.kill()
})

async function start(settings: Partial<AppSettings>): Promise<App> {
  return startApp({ store: join(tempFolder(), 'silk.db'), ...settings })
}

async function troublesOf(app: App): Promise<readonly { readonly message: string; readonly count: number }[]> {
  return (await app.health()).process.warnings
}

/** All is answered and recorded while something fails, and afterwards; it is told once. */
async function failsHarmlessly(app: App, told: RegExp, leastCount: number): Promise<void> {
  expect(await answersOf(app)).toEqual(without)
  await app.command('flush')
  // It comes through a pipe.
  await vi.waitFor(() => expect(warningLines(app)).toEqual([expect.stringMatching(told)]), { timeout: 20_000 })

  await app.command('mend')
  expect(await answersOf(app)).toEqual(without)
  await app.command('flush')
  const { recordings, dropped } = (await app.health()).process
  expect(recordings.stored).toBe(2 * ASKED_COUNT)
  expect(dropped).toEqual({ overflow: 0, unusable: 0, refused: 0, closed: 0 })
  expect(warningLines(app)).toHaveLength(1)
  const counted = (await troublesOf(app)).filter(({ message }) => told.test(message))
  expect(counted).toHaveLength(1)
  expect(counted[0]?.count).toBeGreaterThanOrEqual(leastCount)
  app.kill()
}

type Way = readonly [option: string, way: string, told: RegExp, leastCount: number]

/** How each of the app's functions may fail; what it gives may be anything, of which some is no failure. */
const WAYS: readonly Way[] = ['ignore', 'shouldRecord', 'shouldKeep'].flatMap((option): Way[] => [
  [option, 'throws', new RegExp(`\`${option}\` threw a TypeError; the re\\w+ was \\w+`), ASKED_COUNT],
  [option, 'rejects', new RegExp(`\`${option}\` gave a promise, which is not waited for; the re\\w+ was`), ASKED_COUNT],
])

describe('a function of the app that fails changes no answer, is told once, and counted', () => {
  test.each([
    ...WAYS,
    ['shouldRecord', 'throwsTrap', /`shouldRecord` threw something; the request was recorded/, ASKED_COUNT],
    ['user', 'throws', /`user` threw a TypeError; the request was recorded without a user/, ASKED_COUNT],
    ['user', 'throwsTrap', /`user` threw something; the request was recorded without a user/, ASKED_COUNT],
    ['user', 'rejects', /`user` gave a promise, which is not waited for; the request was/, ASKED_COUNT],
    ['redact.value', 'throws', /`redact.value` threw a TypeError; what it was asked about was masked/, 10],
    ['redact.value', 'rejects', /`redact.value` gave a promise, which is not waited for; what it was asked/, 10],
    // Some of what is asked has a finding; it is told of once.
    ['onFinding', 'throws', /`onFinding` threw a TypeError; the finding is kept/, 1],
    ['onFinding', 'rejects', /`onFinding` threw a TypeError; the finding is kept/, 1],
    ['onFinding', 'givesThenable', /`onFinding` threw a TypeError; the finding is kept/, 1],
  ] as const)(
    '%s %s',
    async (option, way, told, leastCount) => {
      const app = await start({ options: { fails: { [option]: way } } })
      await failsHarmlessly(app, told, leastCount)
    },
    60_000,
  )

  test.each(['givesTrap', 'givesThenable'])(
    'ignore, shouldRecord, shouldKeep and redact.value that give what nobody can read (%s)',
    async (way) => {
      const options = ['ignore', 'shouldRecord', 'shouldKeep', 'redact.value']
      const app = await start({ options: { fails: Object.fromEntries(options.map((option) => [option, way])) } })
      expect(await answersOf(app)).toEqual(without)
      await app.command('flush')
      await app.command('mend')
      expect(await answersOf(app)).toEqual(without)
      await app.command('flush')
      expect((await app.health()).process.recordings.stored).toBeGreaterThanOrEqual(ASKED_COUNT)
      expect(warningLines(app).length).toBeLessThanOrEqual(options.length)
      app.kill()
    },
    90_000,
  )

  test.each(['throws', 'rejects', 'givesTrap'])(
    'onError %s: there is nobody else to tell, and the health page counts what it was told',
    async (way) => {
      const app = await start({ options: { fails: { onError: way } } })
      expect(await answersOf(app)).toEqual(without)
      await app.command('flush')
      expect(warningLines(app)).toEqual([])
      expect(await troublesOf(app)).toEqual([
        expect.objectContaining({ message: expect.stringContaining('`shouldRecord` threw'), count: ASKED_COUNT }),
      ])
      app.kill()
    },
    60_000,
  )

  test.each(['throws', 'throwsTrap', 'rejects'])(
    'authorize %s: nobody gets in, and who may does when it is mended',
    async (way) => {
      const app = await start({ options: { fails: { authorize: way } } })
      for (let turn = 0; turn < 3; turn++) expect((await fetch(`${app.origin}/silk/health`)).status).toBe(403)
      expect(await answersOf(app)).toEqual(without)
      await app.command('flush')
      const told = expect.stringMatching(/`authorize` threw, or its promise .*; the request was refused/)
      await vi.waitFor(() => expect(warningLines(app)).toEqual([told]), { timeout: 20_000 })

      await app.command('mend')
      const { recordings, warnings } = (await app.health()).process
      expect(recordings.stored).toBe(ASKED_COUNT)
      expect(warnings).toEqual([expect.objectContaining({ count: 3 })])
      app.kill()
    },
    60_000,
  )
})

test('a detector that fails takes its own findings only; the warning says how to switch it off', async () => {
  const app = await start({ execArgv: ['--import', BROKEN_DETECTOR] })
  await failsHarmlessly(
    app,
    /The detector n-plus-one failed \(of a detector\); .*`detect: \{ nPlusOne: false \}` switches it off/,
    ASKED_COUNT,
  )
}, 60_000)
