/** One number on both sides. `null`: not known. */
export interface Measure {
  readonly name: string
  readonly label: string
  readonly unit: 'ms' | 'bytes' | 'share' | null
  readonly before: number | null
  readonly after: number | null
  /** (after − before) ÷ before; `null`: one is not known, or it was nothing before. */
  readonly change: number | null
  readonly verdict: Verdict
}

/** `same` stands for what is within noise, too. */
export type Verdict = 'better' | 'worse' | 'same' | 'neutral'

/** Less than this share of change is noise. */
const NOISE = 0.1
/** Less than this is noise of a clock, whatever share it is. */
const NOISE_MS = 0.5
/** Fewer requests than this on a side say little about times. */
export const FEW = 20

interface Given {
  readonly name: string
  readonly label: string
  readonly unit: Measure['unit']
  readonly before: number | null
  readonly after: number | null
  /** Default: less is better. `neutral`: neither is. */
  readonly judged?: 'less' | 'neutral'
  /** Whether there are enough on both sides to say so. Default: yes. */
  readonly isEnough?: boolean
}

export function measure({ judged = 'less', isEnough = true, ...given }: Given): Measure {
  const change = changeOf(given.before, given.after)
  return { ...given, change, verdict: judged === 'neutral' ? 'neutral' : verdictOf(given, isEnough) }
}

function changeOf(before: number | null, after: number | null): number | null {
  if (before === null || after === null) return null
  if (before === 0) return after === 0 ? 0 : null
  return (after - before) / before
}

function verdictOf({ before, after, unit }: Given, isEnough: boolean): Verdict {
  if (before === null || after === null || !isEnough) return 'same'
  const difference = after - before
  const isNoise = Math.abs(difference) < before * NOISE || (unit === 'ms' && Math.abs(difference) < NOISE_MS)
  if (difference === 0 || isNoise) return 'same'
  return difference < 0 ? 'better' : 'worse'
}
