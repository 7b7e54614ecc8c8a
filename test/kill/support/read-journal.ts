import { readFileSync } from 'node:fs'

/** How often an app's event loop writes down that it has a turn. */
const TURN_MS = 10
/** After three batches of this length, one after another, silk rests ten times as long as the last took. */
const SLOW_BATCH_MS = 50

/** What an app wrote down of itself until it was killed. Times in milliseconds of the machine's own clock. */
export interface Journal {
  /** Addresses in the order in which their responses ended. */
  readonly ended: readonly { readonly url: string; readonly atMs: number }[]
  /**
   * How long silk was kept from its work from a time on, until the end: by an event loop that was late, by a lock on the
   * file, or by a slow disk.
   */
  readonly hinderedMs: (fromMs: number) => number
}

interface Note {
  readonly atMs: number
  readonly what: string
  readonly detail: string
}

/** Now, by the clock that journals go by. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

export function readJournal(file: string, killedAtMs: number): Journal {
  const notes = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([time, what = '', detail = '']) => ({ atMs: Number(time) / 1e6, what, detail }))
  const stretches = [
    ...lateTurns(notes, killedAtMs),
    ...locks(notes, killedAtMs),
    ...rests(notes).map(([from, to]) => [from, Math.min(to, killedAtMs)] as const),
  ]
  return {
    ended: notes.filter(({ what }) => what === 'ended').map(({ atMs, detail }) => ({ atMs, url: detail })),
    hinderedMs: (since) => stretches.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, since)), 0),
  }
}

type Stretch = readonly [fromMs: number, toMs: number]

function lateTurns(notes: readonly Note[], killedAtMs: number): readonly Stretch[] {
  const turns = [...notes.filter(({ what }) => what === 'turn').map(({ atMs }) => atMs), killedAtMs]
  return turns.map((atMs, turn) => [(turns[turn - 1] ?? atMs) + TURN_MS, atMs])
}

/** From the first time that the file was locked until a batch was written. */
function locks(notes: readonly Note[], killedAtMs: number): readonly Stretch[] {
  const tries = notes.filter(({ what }) => what === 'batch' || what === 'locked')
  return tries.flatMap(({ atMs, what }, at) =>
    what === 'locked' ? [[atMs, tries[at + 1]?.atMs ?? killedAtMs] as const] : [],
  )
}

function rests(notes: readonly Note[]): readonly Stretch[] {
  const batches = notes.filter(({ what }) => what === 'batch')
  return batches.flatMap(({ atMs, detail }, at) => {
    const lastThree = batches.slice(Math.max(0, at - 2), at + 1)
    const isSlow = lastThree.length === 3 && lastThree.every((batch) => Number(batch.detail) >= SLOW_BATCH_MS - 1)
    return isSlow ? [[atMs, atMs + 10 * Number(detail)] as const] : []
  })
}
