import { asyncLocalStorageCarrier } from './contexts/async-local-storage.js'
import type { ContextCarrier } from './contexts/carrier.js'
import { clsHookedCarrier } from './contexts/cls-hooked.js'

export type { ContextCarrier } from './contexts/carrier.js'
export type ContextKind = 'async-local-storage' | 'cls-hooked'

const factories: Readonly<Record<ContextKind, <T extends object>() => ContextCarrier<T>>> = {
  'async-local-storage': asyncLocalStorageCarrier,
  'cls-hooked': clsHookedCarrier,
}

const carriers = new Map<ContextKind, ContextCarrier<object>>()

/**
 * The carrier of a kind. One for the whole process: what each costs is paid once, however many profilers there are, and
 * a value that one of them set is seen by all. So all callers must carry the same type.
 *
 * @throws TypeError (`ERR_SILK_OPTION`) when the `cls-hooked` package cannot be loaded
 */
export function contextCarrier<T extends object>(kind: ContextKind): ContextCarrier<T> {
  let carrier = carriers.get(kind)
  if (carrier === undefined) {
    carrier = factories[kind]<object>()
    carriers.set(kind, carrier)
  }
  return carrier as ContextCarrier<T>
}
