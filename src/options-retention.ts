import * as v from 'valibot'
import type { Retention } from './model/retention.js'
import { group, integerFrom, numberBetween } from './options-schema-parts.js'

export interface RetentionOptions {
  /**
   * Recordings kept; pinned ones are not counted, and stay. The oldest go first; of them, those that failed (status 5xx or an exception), took a second or
   * more, or have a finding stay longer: up to a fifth of all, 10,000 at most, for a week. An integer of at least 1.
   *
   * @default 10_000
   * @example silk({ retention: { count: 100_000 } })
   */
  readonly count?: number | undefined
  /**
   * Hours after which a recording goes, whatever it is unless it is pinned: a number of at least 0.01.
   *
   * @default age does not matter
   * @example silk({ retention: { ageHours: 72 } })
   */
  readonly ageHours?: number | undefined
  /**
   * Bytes that the store's file may have, without the write-ahead log beside it: above that recordings go, in the
   * order of `count`, but for the newest hundred. An integer of at least 1,000,000.
   *
   * @default as many as it needs
   * @example silk({ retention: { bytes: 500_000_000 } })
   */
  readonly bytes?: number | undefined
}

export const retentionSchema: v.GenericSchema<unknown, RetentionOptions> = group({
  count: v.optional(integerFrom(1)),
  ageHours: v.optional(numberBetween(0.01, Number.MAX_VALUE)),
  bytes: v.optional(integerFrom(1_000_000)),
})

export type RetentionSettingName = 'retention.count' | 'retention.ageHours' | 'retention.bytes'

export function resolveRetention({ count, ageHours, bytes }: RetentionOptions = {}): Retention {
  return { count: count ?? 10_000, ageHours: ageHours ?? null, bytes: bytes ?? null }
}

export function retentionOrigins({
  count,
  ageHours,
  bytes,
}: RetentionOptions = {}): Readonly<Record<RetentionSettingName, 'code' | 'default'>> {
  const origin = (given: unknown): 'code' | 'default' => (given === undefined ? 'default' : 'code')
  return {
    'retention.count': origin(count),
    'retention.ageHours': origin(ageHours),
    'retention.bytes': origin(bytes),
  }
}

/** As the settings page shows it. */
export function describeRetention({
  count,
  ageHours,
  bytes,
}: Retention): Readonly<Record<RetentionSettingName, string>> {
  return {
    'retention.count': `${count} recordings`,
    'retention.ageHours': ageHours === null ? 'any age' : `${ageHours} hours`,
    'retention.bytes': bytes === null ? 'any size' : `${bytes} bytes`,
  }
}
