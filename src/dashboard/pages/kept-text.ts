import { MOST_PINS } from '../../model/marks.js'
import type { StoreStatus } from '../../model/store-status.js'
import { bytes, count, quantityText } from '../display.js'

/** What the store has, and what it may have. */
export function keptText({ recordingCount, retention, keptLongerCount, pinnedCount, usedBytes }: StoreStatus): {
  readonly recordings: string
  readonly bounds: string | null
  readonly keptLonger: string | null
  readonly pinned: string | null
  readonly tooLarge: string | null
} {
  const { ageHours, bytes: maxBytes } = retention
  const bounds = [
    ...(ageHours === null ? [] : [`${hoursText(ageHours)} old`]),
    ...(maxBytes === null ? [] : [`a file of ${quantityText(bytes(maxBytes))}`]),
  ]
  return {
    recordings: `${count(recordingCount - pinnedCount)} of ${count(retention.count)}`,
    bounds: bounds.length === 0 ? null : `at most ${bounds.join(', ')}`,
    keptLonger: keptLongerCount === 0 ? null : `${count(keptLongerCount)}, being slow, failed or with a finding`,
    pinned: pinnedCount === 0 ? null : `${count(pinnedCount)} of ${count(MOST_PINS)}`,
    tooLarge:
      maxBytes !== null && usedBytes > maxBytes && recordingCount <= 100
        ? 'More than `retention.bytes` allows: what is left are sums, which clearing deletes.'
        : null,
  }
}

/** Parts of an hour too. */
export function hoursText(hours: number): string {
  return `${hours} ${hours === 1 ? 'hour' : 'hours'}`
}
