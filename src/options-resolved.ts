import type { Detection } from './analysis/settings.js'
import type { ContextKind } from './capture/context.js'
import { type DetectSettingName, describeDetection } from './options-detect.js'
import type { KnexLike, SilkOptions } from './options-given.js'

/** Where a setting's value came from. */
export type SettingOrigin = 'environment' | 'code' | 'default'

type SettingName =
  | 'enabled'
  | 'path'
  | 'store'
  | 'knex'
  | 'context'
  | 'session'
  | 'authorize'
  | 'allowFrom'
  | 'ignore'
  | 'retention.count'
  | 'redact.names'
  | DetectSettingName
  | 'editor'
  | 'onError'

/** The options with the environment and the defaults filled in: what the rest of silk works with. */
export interface ResolvedOptions {
  readonly enabled: boolean
  readonly path: string
  /** An absolute path, or `:memory:`. */
  readonly store: { readonly file: string }
  readonly knex: readonly KnexLike[]
  readonly context: ContextKind
  /** The label of this process; `null`: what the dashboard sets for the store. */
  readonly session: string | null
  readonly authorize: NonNullable<SilkOptions['authorize']> | null
  readonly allowFrom: readonly string[]
  readonly ignore: readonly (string | RegExp)[]
  readonly retention: { readonly count: number }
  /** Beyond the built-in names. */
  readonly redact: { readonly names: readonly string[] }
  readonly detect: Detection
  /** A URL with `{file}`, `{line}`, `{column}`; `null`: no links. */
  readonly editor: string | null
  readonly onError: ((error: Error) => void) | null
  /** Whether NODE_ENV is `production`. */
  readonly production: boolean
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>
}

export interface DescribedSetting {
  readonly name: SettingName
  readonly value: string
  readonly origin: SettingOrigin
}

/** The settings as the dashboard's settings page shows them. */
export function describeSettings(resolved: ResolvedOptions): readonly DescribedSetting[] {
  const { store, knex, allowFrom, ignore, redact } = resolved
  const values: Readonly<Record<SettingName, string>> = {
    enabled: resolved.enabled ? 'on' : 'off',
    path: resolved.path,
    store: store.file === ':memory:' ? ':memory: (a temporary file that goes with the process)' : store.file,
    knex: knex.length === 0 ? 'every instance in the process' : `every instance found, and ${knex.length} given`,
    context: resolved.context,
    session: resolved.session ?? 'as set in the dashboard',
    authorize: resolved.authorize ? 'a function' : 'not set',
    allowFrom: listed(allowFrom),
    ignore: listed(ignore),
    'retention.count': `${resolved.retention.count} recordings`,
    'redact.names':
      redact.names.length === 0 ? 'the built-in names' : `the built-in names, and ${listed(redact.names)}`,
    ...describeDetection(resolved.detect),
    editor: resolved.editor ?? 'no links',
    onError: resolved.onError ? 'a function' : 'process warnings',
  }
  return (Object.keys(values) as SettingName[]).map((name) => ({
    name,
    value: values[name],
    origin: resolved.origins[name],
  }))
}

function listed(values: readonly (string | RegExp)[]): string {
  return values.length === 0 ? 'none' : values.map(String).join(', ')
}
