export interface Spread {
  readonly median: number
  /** The middle 95 % of medians of the same measures drawn again: first processes, then rounds of each. */
  readonly low: number
  readonly high: number
}

const RESAMPLES = 2_000

/** `groups` are the rounds by process: two processes of one configuration differ more than two rounds of one. */
export function spreadOf(groups: readonly (readonly number[])[]): Spread {
  const random = seededRandom(20)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const medians = Array.from({ length: RESAMPLES }, () => {
    const drawn = groups.flatMap(() => {
      const rounds = pick(groups)
      return rounds.map(() => pick(rounds))
    })
    return median(drawn)
  }).sort((a, b) => a - b)
  return { median: median(groups.flat()), low: quantile(medians, 0.025), high: quantile(medians, 0.975) }
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )
}

/** Of sorted values; between two, so much of each. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** The same draws at each run, so that the same measures give the same interval. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
