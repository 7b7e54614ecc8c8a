import type * as v from 'valibot'
import { parseQuery } from '../dashboard/page-query.js'
import { viewOf } from '../dashboard/view.js'
import type { TimeWindow } from '../model/time-window.js'
import { noWords, readArguments } from './command.js'
import { asUsage } from './request-flags.js'

const TEXT = { type: 'string' } as const

/** What a list that looks at a stretch of time, or at a session, is asked for. */
interface ViewArguments<Read> {
  /** By the schema, as the page of the same list reads its address. */
  readonly read: Read
  readonly window: TimeWindow
  readonly store: string | undefined
  readonly json: boolean
}

type Viewed = Parameters<typeof viewOf>[0]

/**
 * Reads the flags of such a list: those named, `--window` (default: all), `--session`, `--store` and `--json`.
 *
 * @throws UsageError that names the flag, its value and what is allowed
 */
export function readViewArguments<TSchema extends v.GenericSchema<unknown, Viewed>>(
  args: readonly string[],
  names: readonly string[],
  schema: TSchema,
): ViewArguments<v.InferOutput<TSchema>> {
  const flags = Object.fromEntries([...names, 'window', 'session', 'store'].map((name) => [name, TEXT]))
  const { values, positionals } = readArguments(args, { ...flags, json: { type: 'boolean' } } as const)
  noWords(positionals)
  const { store, json, ...given } = values as Readonly<Record<string, string>> & { readonly json?: unknown }
  const search = new URLSearchParams({ window: 'all', ...given })
  const read = asUsage(() => parseQuery(schema, search))
  return { read, window: viewOf(read, Date.now()).window, store, json: json === true }
}
