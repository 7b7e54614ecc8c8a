import { types } from 'node:util'
import * as v from 'valibot'

/** An object of known options and no others. */
export function group<const Entries extends v.ObjectEntries>(
  entries: Entries,
  allowed: string = `an object of options (${quoted(Object.keys(entries))})`,
): v.GenericSchema<unknown, v.InferOutput<v.StrictObjectSchema<Entries, undefined>>> {
  const known = Object.keys(entries)
  // valibot reports an unknown key as one that is expected never to be there.
  const message = ({ expected }: v.StrictObjectIssue) => (expected === 'never' ? known.join(' ') : allowed)
  return v.pipe(v.custom<object>(isObject, allowed), v.strictObject(entries, message))
}

export function integerFrom(least: number): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
    `an integer of at least ${least}`,
  )
}

export function numberBetween(least: number, most: number): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most,
    most === Number.MAX_VALUE ? `a number of at least ${least}` : `a number from ${least} to ${most}`,
  )
}

export function quoted(names: readonly string[]): string {
  return names.map((known) => `\`${known}\``).join(', ')
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** By its internal kind: a RegExp of another realm (a test runner's) is no instance of ours. */
export function isRegExp(value: unknown): value is RegExp {
  return types.isRegExp(value)
}
