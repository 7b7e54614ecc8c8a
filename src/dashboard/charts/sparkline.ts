import { clock, durationText } from '../display.js'

export interface Sparkline {
  /** On a width of 100 and a height of 20, stretched. */
  readonly d: string
  /** Single values between gaps. */
  readonly dots: string
  readonly label: string
}

const WIDTH = 100
const TOP = 2
const FLOOR = 18

/**
 * Values over time as one line, from zero; gaps where there are none. `null`: fewer than two values make no line.
 *
 * @param startedAt of the first and of the last value, milliseconds since the epoch
 */
export function sparkline(values: readonly (number | null)[], startedAt: readonly number[]): Sparkline | null {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const most = Math.max(...known, 0.001)
  const x = (index: number): string => ((index / Math.max(1, values.length - 1)) * WIDTH).toFixed(1)
  const y = (value: number): string => (FLOOR - (value / most) * (FLOOR - TOP)).toFixed(1)
  let d = ''
  let dots = ''
  values.forEach((value, index) => {
    if (value === null) return
    const isStart = (values[index - 1] ?? null) === null
    const isAlone = isStart && (values[index + 1] ?? null) === null
    if (isAlone) dots += `M${x(index)} ${y(value)}h0`
    else d += `${isStart ? 'M' : 'L'}${x(index)} ${y(value)}`
  })
  const peak = values.indexOf(most)
  const at = startedAt[peak]
  const when = at === undefined ? '' : ` at ${clock(new Date(at))}`
  return {
    d,
    dots,
    label: `Mean over time: first ${durationText(known[0] ?? 0)}, highest ${durationText(most)}${when}, last ${durationText(known.at(-1) ?? 0)}`,
  }
}
