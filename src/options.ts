import { resolve } from 'node:path'
import { resolveBodies } from './options-bodies.js'
import { choosingOrigins, resolveChoosing } from './options-choosing.js'
import { cpuProfileOrigins, resolveCpuProfile } from './options-cpu-profile.js'
import { detectOrigins, resolveDetection } from './options-detect.js'
import { editorTemplate } from './options-editor.js'
import type { SilkOptions } from './options-given.js'
import { notedOrigins, resolveNoted } from './options-noted.js'
import type { ResolvedOptions, SettingOrigin } from './options-resolved.js'
import { resolveRetention, retentionOrigins } from './options-retention.js'
import { checkOptions, checkVariable } from './options-schema.js'
import { resolveSpans, spanOrigins } from './options-spans.js'
import { type Environment, resolveEnabled } from './options-switch.js'

export type { SilkOptions } from './options-given.js'
export { describeSettings, type ResolvedOptions } from './options-resolved.js'

/**
 * The one bridge from what the developer wrote to what silk runs on: environment, then code, then default.
 *
 * Off in production, nothing else is looked at: whatever the options or variables say, silk must not stop the app.
 * Off elsewhere, the options are still checked, so that a typo is found on the day it is made; the variables are not.
 *
 * @param warn told when silk is off in production because its switch makes no sense
 * @throws SilkOptionError naming the option or variable, its value and what is allowed
 */
export function resolveOptions(
  options: SilkOptions | undefined,
  environment: Environment,
  warn: (message: string) => void = warnOnce,
): ResolvedOptions {
  const production = environment.NODE_ENV === 'production'
  const enabled = resolveEnabled(options, environment, production, warn)
  if (enabled.value) return settle(checkOptions(options === undefined ? {} : options), environment, enabled, production)
  return settle(production ? {} : checkOptions(options === undefined ? {} : options), {}, enabled, production)
}

/** A setting that has been given somewhere. */
interface Setting<T> {
  readonly value: T
  readonly origin: SettingOrigin
}

function settle(
  given: SilkOptions,
  environment: Environment,
  enabled: Setting<boolean>,
  production: boolean,
): ResolvedOptions {
  const { SILK_PATH, SILK_STORE, SILK_CONTEXT, SILK_SESSION } = environment
  const path = choose(SILK_PATH && checkVariable('SILK_PATH', SILK_PATH), given.path, '/silk')
  const file = choose(SILK_STORE && checkVariable('SILK_STORE', SILK_STORE), fileOf(given.store), '.silk/silk.db')
  const context = choose(
    SILK_CONTEXT ? checkVariable('SILK_CONTEXT', SILK_CONTEXT) : undefined,
    given.context,
    'async-local-storage' as const,
  )
  const session = choose<string | null>(
    SILK_SESSION && checkVariable('SILK_SESSION', SILK_SESSION),
    given.session,
    null,
  )
  return {
    enabled: enabled.value,
    path: path.value,
    store: { file: file.value === ':memory:' ? file.value : resolve(file.value) },
    knex: given.knex === undefined ? [] : [...new Set([given.knex].flat())],
    context: context.value,
    session: session.value,
    authorize: given.authorize ?? null,
    allowFrom: given.allowFrom ?? [],
    ...{ ...resolveChoosing(given), ...resolveNoted(given) },
    retention: resolveRetention(given.retention),
    ...resolveBodies(given),
    ...resolveSpans(given),
    cpuProfile: resolveCpuProfile(given.cpuProfile),
    headers: {
      id: given.headers?.id ?? true,
      link: given.headers?.link ?? true,
      serverTiming: given.headers?.serverTiming ?? !production,
    },
    onFinding: given.onFinding ?? null,
    detect: resolveDetection(given.detect),
    editor: editorTemplate(given.editor),
    onError: given.onError ?? null,
    production,
    origins: {
      enabled: enabled.origin,
      path: path.origin,
      store: file.origin,
      knex: originOf(given.knex),
      context: context.origin,
      session: session.origin,
      authorize: originOf(given.authorize),
      allowFrom: originOf(given.allowFrom),
      ...{ ...choosingOrigins(given), ...notedOrigins(given) },
      ...retentionOrigins(given.retention),
      'bodies.maxBytes': originOf(given.bodies),
      'redact.names': originOf(given.redact?.names),
      'redact.replace': originOf(given.redact?.replace),
      'redact.value': originOf(given.redact?.value),
      'headers.id': originOf(given.headers?.id),
      'headers.link': originOf(given.headers?.link),
      'headers.serverTiming': originOf(given.headers?.serverTiming),
      ...spanOrigins(given),
      ...cpuProfileOrigins(given.cpuProfile),
      onFinding: originOf(given.onFinding),
      ...detectOrigins(given.detect),
      editor: originOf(given.editor),
      onError: originOf(given.onError),
    },
  }
}

/** An empty variable counts as unset. */
function choose<T>(variable: T | '' | undefined, code: T | undefined, byDefault: T): Setting<T> {
  if (variable) return { value: variable, origin: 'environment' }
  return code === undefined ? { value: byDefault, origin: 'default' } : { value: code, origin: 'code' }
}

function originOf(code: unknown): SettingOrigin {
  return code === undefined ? 'default' : 'code'
}

function fileOf(store: SilkOptions['store']): string | undefined {
  return typeof store === 'object' ? store.connection.filename : store
}

const warned = new Set<string>()

/** Several profilers of one process, one mistake, one warning. */
function warnOnce(message: string): void {
  if (warned.has(message)) return
  warned.add(message)
  process.emitWarning(message, { type: 'SilkWarning', code: 'SILK_OPTION' })
}
