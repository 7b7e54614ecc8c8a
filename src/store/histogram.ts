import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'

/**
 * A histogram that can be merged with others of its kind and packs into a few bytes: bin number → count.
 *
 * The bins of durations are those of DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch
 * with relative-error guarantees", VLDB 2019): bin i holds the values in (gamma^(i-1), gamma^i], and its estimate
 * 2 gamma^i / (gamma + 1) is at most (gamma - 1) / (gamma + 1) off, 2.44 % for gamma = 1.05. Bins are not collapsed:
 * between a microsecond and a day there are only 517 of them.
 */
export type Histogram = Map<number, number>

const GAMMA = 1.05
const LOG_GAMMA = Math.log(GAMMA)

/** Most queries of a local database take less than this many microseconds: their logarithms are taken once. */
const SHORT_BINS = Uint16Array.from({ length: 4096 }, (_, durationUs) => computedBin(durationUs))

/** Counts up to here have a bin of their own: "51 queries" must not be shown as 50 or 52. */
const EXACT_COUNTS = 1024

/** Bin of a duration in whole microseconds; 0: none that could be measured. */
export function durationBin(durationUs: number): number {
  return SHORT_BINS[durationUs] ?? computedBin(durationUs)
}

function computedBin(durationUs: number): number {
  // One more, so that 0 stays free: gamma^0 = 1 microsecond falls in bin 1.
  return durationUs < 1 ? 0 : Math.ceil(Math.log(durationUs) / LOG_GAMMA) + 1
}

/** Microseconds that stand for a bin: within 2.5 % of every value in it. */
export function durationOfBin(bin: number): number {
  return bin === 0 ? 0 : (2 * GAMMA ** (bin - 1)) / (GAMMA + 1)
}

/** The bounds of a bin in microseconds, the upper one inclusive. */
export function durationBounds(bin: number): { fromUs: number; toUs: number } {
  return bin === 0 ? { fromUs: 0, toUs: 1 } : { fromUs: GAMMA ** (bin - 2), toUs: GAMMA ** (bin - 1) }
}

/** Bin of a number of things: exact up to 1,024, then like durations. */
export function countBin(count: number): number {
  return count <= EXACT_COUNTS ? count : EXACT_COUNTS + Math.ceil(Math.log(count / EXACT_COUNTS) / LOG_GAMMA)
}

/** The number that stands for a bin of `countBin`. */
export function countOfBin(bin: number): number {
  if (bin <= EXACT_COUNTS) return bin
  return Math.round((EXACT_COUNTS * 2 * GAMMA ** (bin - EXACT_COUNTS)) / (GAMMA + 1))
}

export function addToBin(histogram: Histogram, bin: number, times = 1): void {
  histogram.set(bin, (histogram.get(bin) ?? 0) + times)
}

export function mergeInto(target: Histogram, other: Histogram): void {
  for (const [bin, count] of other) addToBin(target, bin, count)
}

/** The bin that holds the value of rank `share` (0 to 1, nearest rank); `null`: nothing was counted. */
export function quantileBin(histogram: Histogram, share: number): number | null {
  return quantileBins(histogram, [share])[0] ?? null
}

/** The same for several shares, in ascending order; none where nothing was counted. */
export function quantileBins(histogram: Histogram, shares: readonly number[]): readonly number[] {
  let total = 0
  for (const count of histogram.values()) total += count
  const found: number[] = []
  let seen = 0
  for (const bin of [...histogram.keys()].sort((a, b) => a - b)) {
    seen += histogram.get(bin) ?? 0
    for (let at = found.length; at < shares.length; at++) {
      if (seen < Math.max(1, Math.ceil((shares[at] ?? 1) * total))) break
      found.push(bin)
    }
  }
  return found
}

const scratch = new ByteWriter(256)

/** Pairs of (distance to the bin before, count), ascending: usually 2 bytes a bin. */
export function packHistogram(histogram: Histogram): Buffer {
  scratch.reset()
  let before = 0
  for (const bin of histogram.size < 2 ? histogram.keys() : [...histogram.keys()].sort((a, b) => a - b)) {
    scratch.unsigned(bin - before)
    scratch.unsigned(histogram.get(bin) ?? 0)
    before = bin
  }
  return scratch.take()
}

/** Stands between packed histograms that are read as one: a bin that was counted no times ends a histogram. */
export const BETWEEN_PACKED: Buffer = Buffer.from([0, 0])

/** Adds up packed histograms with `BETWEEN_PACKED` between them. */
export function unpackJoined(joined: Uint8Array): Histogram {
  const reader = new ByteReader(joined)
  // Counts by bin: many times faster than a map, where many are added to one.
  const counts: number[] = []
  let bin = 0
  while (!reader.atEnd) {
    bin += reader.unsigned()
    const count = reader.unsigned()
    // Without holes, which would make the array slow.
    while (counts.length <= bin) counts.push(0)
    counts[bin] = (counts[bin] as number) + count
    if (count === 0) bin = 0
  }
  const histogram: Histogram = new Map()
  counts.forEach((count, at) => {
    if (count > 0) histogram.set(at, count)
  })
  return histogram
}

/** Adds a packed histogram to `target`, without making one of its own. */
export function mergePacked(target: Histogram, packed: Uint8Array): void {
  const reader = new ByteReader(packed)
  let bin = 0
  while (!reader.atEnd) {
    bin += reader.unsigned()
    addToBin(target, bin, reader.unsigned())
  }
}
