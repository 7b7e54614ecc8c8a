import type { Detection } from './analysis/settings.js'
import type { ContextKind } from './capture/context.js'
import type { Retention } from './model/retention.js'
import { describeBodies, type ResolvedRedaction } from './options-bodies.js'
import { type ChoosingSettingName, describeChoosing, type ResolvedChoosing } from './options-choosing.js'
import { type CpuProfileSettingName, type CpuProfileSettings, describeCpuProfile } from './options-cpu-profile.js'
import { type DetectSettingName, describeDetection } from './options-detect.js'
import type { KnexLike, SilkOptions } from './options-given.js'
import { describeNoted, type NotedSettingName, type ResolvedNoted } from './options-noted.js'
import { describeRetention, type RetentionSettingName } from './options-retention.js'
import { describeSpans, type ResolvedSpans, type SpanSettingName } from './options-spans.js'

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
  | ChoosingSettingName
  | RetentionSettingName
  | 'bodies.maxBytes'
  | 'redact.names'
  | 'redact.replace'
  | 'redact.value'
  | 'headers.id'
  | 'headers.link'
  | 'headers.serverTiming'
  | SpanSettingName
  | CpuProfileSettingName
  | NotedSettingName
  | 'onFinding'
  | DetectSettingName
  | 'editor'
  | 'onError'

/** The options with the environment and the defaults filled in: what the rest of silk works with. */
export interface ResolvedOptions extends ResolvedChoosing, ResolvedSpans, ResolvedNoted {
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
  readonly retention: Retention
  /** `null`: no bodies are recorded. */
  readonly bodies: { readonly maxBytes: number | null }
  readonly redact: ResolvedRedaction
  readonly headers: Readonly<Record<'id' | 'link' | 'serverTiming', boolean>>
  /** `null`: nothing is ever profiled. */
  readonly cpuProfile: CpuProfileSettings | null
  /** `null`: a line on the console, but for production. */
  readonly onFinding: NonNullable<SilkOptions['onFinding']> | null
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
  const { store, knex, allowFrom, headers } = resolved
  const values: Readonly<Record<SettingName, string>> = {
    enabled: onOff(resolved.enabled),
    path: resolved.path,
    store: store.file === ':memory:' ? ':memory: (a temporary file that goes with the process)' : store.file,
    knex: knex.length === 0 ? 'every instance in the process' : `every instance found, and ${knex.length} given`,
    context: resolved.context,
    session: resolved.session ?? 'as set in the dashboard',
    authorize: resolved.authorize ? 'a function' : 'not set',
    allowFrom: listed(allowFrom),
    ...describeChoosing(resolved),
    ...describeRetention(resolved.retention),
    ...describeBodies(resolved),
    'headers.id': onOff(headers.id),
    'headers.link': onOff(headers.link),
    'headers.serverTiming': onOff(headers.serverTiming),
    ...describeSpans(resolved),
    ...describeCpuProfile(resolved.cpuProfile),
    ...describeNoted(resolved),
    onFinding: describeOnFinding(resolved),
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

function onOff(value: boolean): string {
  return value ? 'on' : 'off'
}

function describeOnFinding({ onFinding, production }: ResolvedOptions): string {
  if (typeof onFinding === 'function') return 'a function'
  return onFinding === false || production ? 'nobody is told' : 'a line on the console'
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? 'none' : values.join(', ')
}
