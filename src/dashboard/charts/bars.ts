/** Drawn on a width of 10,000 and stretched: one path for all of a row's bars, however many they are. */
export interface Bars {
  readonly className: string
  readonly d: string
}

const WIDTH = 10_000
/** A bar is never narrower, in parts of the width. */
const FINEST = 12

/** @param times from, to, from, to … in milliseconds */
export function bars(times: ArrayLike<number>, axisMs: number, className: string, y = 2, height = 10): Bars {
  let d = ''
  for (let at = 0; at < times.length; at += 2) {
    const [from, to] = ends(times[at] ?? 0, times[at + 1] ?? 0, axisMs)
    d += `M${from} ${y}H${to}v${height}H${from}z`
  }
  return { className, d }
}

/** Where a bar begins and ends, on the width. */
export function ends(fromMs: number, toMs: number, axisMs: number): readonly [number, number] {
  const within = (ms: number): number => Math.round(Math.min(1, Math.max(0, ms / axisMs)) * WIDTH)
  const from = Math.min(within(fromMs), WIDTH - FINEST)
  return [from, Math.max(from + FINEST, within(toMs))]
}
