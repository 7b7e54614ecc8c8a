import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Pattern, type Pump, patternsOf, pumpsOf } from './support/patterns.js'

const MATCH = fileURLToPath(new URL('support/match.mjs', import.meta.url))
const LENGTH = 200_000
/** What goes once through such a text takes milliseconds; nothing is heard for so long only of what does not end. */
const SILENCE_MS = 90_000

/** A pattern that may take longer than in proportion, since what it is given is never longer than so many characters. */
const SHORT: readonly { readonly file: string; readonly part: string; readonly chars: number }[] = [
  // Digits of a number.
  { file: 'src/analysis/wording.ts', part: '\\B(?=', chars: 30 },
  { file: 'src/dashboard/display.ts', part: '\\B(?=', chars: 30 },
  // Messages of errors are cut before they are looked at.
  { file: 'src/capture/mask-error.ts', part: '.*', chars: 2_000 },
  // A fingerprint that is longer is not looked at.
  { file: 'src/analysis/detectors/over-fetch.ts', part: '^select ', chars: 2_000 },
  // What the developer writes: the template of an editor, the address of a database, the patterns of routes.
  { file: 'src/options-editor.ts', part: '\\{file\\}', chars: 2_000 },
  { file: 'src/cli/connect.ts', part: ':[^/]*@', chars: 2_000 },
  { file: 'src/capture/route-pattern-mount.ts', part: '\\^.*', chars: 2_000 },
  // One tag, which is 2,000 characters at most.
  { file: 'src/capture/mask-text.ts', part: 'value|content', chars: 2_000 },
  // The last 200 characters before a mask.
  { file: 'src/codegen/replay-request.ts', part: '\\s*:\\s*', chars: 200 },
]

function longestOf({ file, source }: Pattern): number {
  return SHORT.find((one) => one.file === file && source.includes(one.part))?.chars ?? LENGTH
}

interface Tried {
  readonly at: number
  readonly trying?: Pump
  readonly worst?: { readonly pump: Pump; readonly long: number; readonly short: number } | null
}

/** What troubles each of the patterns; they are tried one after the other in a process of their own. */
function troubles(patterns: readonly Pattern[], length: number): Promise<readonly string[]> {
  const found: string[] = []
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(MATCH, { stdio: 'inherit' })
    let last: Tried | null = null
    const tooLong = (): void => {
      child.kill('SIGKILL')
      reject(new Error(`${nameOf(patterns[last?.at ?? 0])} does not end on ${JSON.stringify(last?.trying)}`))
    }
    let watch = setTimeout(tooLong, SILENCE_MS)
    const next = (at: number): void => {
      const pattern = patterns[at]
      if (pattern === undefined) {
        clearTimeout(watch)
        child.disconnect()
        resolve(found)
        return
      }
      const { source, flags } = pattern
      child.send({
        at,
        source,
        flags,
        pumps: pumpsOf(pattern),
        length: Math.min(length, longestOf(pattern)),
      })
    }
    child.on('message', (message: Tried) => {
      last = message
      clearTimeout(watch)
      watch = setTimeout(tooLong, SILENCE_MS)
      if (message.worst === undefined) return
      if (message.worst !== null) found.push(`${nameOf(patterns[message.at])}: ${JSON.stringify(message.worst)}`)
      next(message.at + 1)
    })
    child.on('error', reject)
    next(0)
  })
}

function nameOf(pattern: Pattern | undefined): string {
  return `${pattern?.file} /${pattern?.source}/${pattern?.flags}`
}

test('no pattern of silk goes back and forth in a text that is made to make it do so', async () => {
  const patterns = patternsOf('src', 'views/assets')
  expect(patterns.length).toBeGreaterThan(200)
  expect(
    SHORT.filter(({ file, part }) => !patterns.some((one) => one.file === file && one.source.includes(part))),
  ).toEqual([])

  expect(await troubles(patterns, LENGTH)).toEqual([])
}, 900_000)

test.each([
  ['twice the same', '^(a+)b?(a+)$'],
  ['a beginning that is found again and again', '\\d+$'],
  ['an end that is not there', "'(?:[^']|'')*'|\\[[^\\]]*\\]"],
])(
  'one that does is found: %s',
  async (_, source) => {
    expect(await troubles([{ file: 'none', source, flags: 'g' }], 40_000)).toHaveLength(1)
  },
  120_000,
)
