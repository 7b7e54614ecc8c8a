import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Namespace } from 'cls-hooked'
import type { ContextCarrier } from './carrier.js'

type ClsHooked = typeof import('cls-hooked')

/** What is current, as the namespace keeps it: `value` is undefined outside. */
interface Held<T> {
  readonly value: T | undefined
}

/**
 * The context by the cls-hooked package, in a namespace of silk's own. For apps that already live on it.
 *
 * @throws TypeError (`ERR_SILK_OPTION`) when the package cannot be loaded
 */
export function clsHookedCarrier<T extends object>(): ContextCarrier<T> {
  const namespace = loadClsHooked().createNamespace('express-silk') as Namespace & { active: Held<T> | null }

  /**
   * Not the package's own run(): it writes a property on errors that pass through, the app's errors. Nor its
   * createContext(), which chains each context to the one around it: a timer that starts one anew each time would make
   * an ever longer chain.
   */
  function within<R>(held: Held<T>, fn: () => R): R {
    namespace.enter(held)
    try {
      return fn()
    } finally {
      leave(held)
    }
  }

  function leave(held: Held<T>): void {
    try {
      namespace.exit(held)
    } catch {
      // It asserts that it is in order; out of order is no reason to fail the app's request.
    }
  }

  return {
    run: (value, fn) => within({ value }, fn),
    current: () => namespace.active?.value,
    outside: (fn) => within({ value: undefined }, fn),
  }
}

/** The app's own copy if it has one, so that one copy of its hooks runs and not two; else the one that came with silk. */
function loadClsHooked(): ClsHooked {
  const known = process as { namespaces?: unknown }
  const before = known.namespaces
  try {
    return requireFirst([join(process.cwd(), 'package.json'), import.meta.url])
  } finally {
    // A copy that loads second starts an empty list of namespaces, and the first would no longer find its own.
    if (before) known.namespaces = before
  }
}

function requireFirst(places: readonly string[]): ClsHooked {
  let cause: unknown
  for (const place of places) {
    try {
      return createRequire(place)('cls-hooked') as ClsHooked
    } catch (error) {
      cause = error
    }
  }
  const message =
    "Option `context` is 'cls-hooked', but the package cls-hooked cannot be loaded. Install it (npm install cls-hooked), or leave the option out"
  throw Object.assign(new TypeError(message, { cause }), { code: 'ERR_SILK_OPTION', option: 'context' })
}
