const FACTORS = [1, 2, 5, 10] as const

/** Round numbers from 0 to `maximum`, about `wanted` of them. */
export function roundTicks(maximum: number, wanted: number): readonly number[] {
  if (!(maximum > 0)) return [0]
  const rough = maximum / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const wide = power * (FACTORS.find((factor) => factor * power >= rough) ?? 10)
  // An axis with nothing but its zero tells no size.
  const step = wide <= maximum ? wide : power * (FACTORS.findLast((factor) => factor * power <= maximum) ?? 1)
  const ticks: number[] = []
  for (let index = 0; index * step <= maximum * 1.000001; index += 1) ticks.push(Number((index * step).toPrecision(12)))
  return ticks
}

/** A share of 0 to 1 as an SVG length. */
export function svgPercent(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`
}
