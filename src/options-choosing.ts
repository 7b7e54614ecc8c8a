import type { Request } from 'express'
import * as v from 'valibot'
import type { Occurrence } from './model/finding.js'
import type { Recording } from './model/recording.js'
import { group, isRegExp, numberBetween } from './options-schema-parts.js'
import type { IgnoreRule } from './path-matcher.js'

// biome-ignore lint/suspicious/noExplicitAny: apps extend Express's Request (`req.user`, `req.session`) each their own way
type AnyRequest = Request<any, any, any, any>

/** Those of the options that say which requests are recorded, and which recordings are kept. */
export interface ChoosingOptions {
  /**
   * Paths that are not recorded: a string that matches the path and everything below it, or, with a `*` in it, the whole
   * path (`*` is any part of a segment, `**` any number of segments); a RegExp that is tested on the path; a function of
   * the path. A function that throws ignores nothing.
   *
   * @default []
   * @example silk({ ignore: ['/healthz', '/assets/**', /\.(js|css)$/, (path) => path.length > 1_000] })
   */
  readonly ignore?: readonly IgnoreRule[] | undefined
  /**
   * The share of requests that is recorded, 0 to 1, by chance and at their beginning. The others cost next to nothing, are
   * counted, and carry no `x-silk-id`. Sums and percentages are of what is recorded.
   *
   * @default 1
   * @example silk({ sample: 0.1 })
   */
  readonly sample?: number | undefined
  /**
   * Asked at the beginning of each request that is to be recorded: what runs before silk has seen it, what runs after
   * has not. It must answer at once: a promise, like an exception, means that the request is recorded.
   *
   * @default all are
   * @example silk({ shouldRecord: (req) => req.get('user-agent')?.includes('bot') !== true })
   */
  readonly shouldRecord?: ((req: AnyRequest) => boolean) | undefined
  /**
   * Asked after the response, of each recording, also of jobs (`kind: 'job'`) and of background work, with what was found
   * in it. What is not kept was recorded at full cost, and is in no sum. A promise, like an exception, keeps it.
   *
   * @default all are
   * @example silk({ shouldKeep: ({ durationMs, response, occurrences }) => durationMs > 200 || occurrences.length > 0 })
   */
  readonly shouldKeep?:
    | ((recording: Recording & { readonly occurrences: readonly Occurrence[] }) => boolean)
    | undefined
  /**
   * Records only the requests that ask for it, by a header or a cookie whose value is the secret: 16 to 200 letters,
   * digits and `-._~+/=`. The secret is masked in headers, cookies, bodies and bindings.
   *
   * @default not set: requests need not ask
   * @example silk({ onDemand: { secret: process.env.SILK_SECRET ?? '' } })
   */
  readonly onDemand?: OnDemandOptions | undefined
}

interface OnDemandOptions {
  readonly secret: string
  /** @default 'x-silk-record' */
  readonly header?: string | undefined
  /** @default 'silk-record' */
  readonly cookie?: string | undefined
}

export interface OnDemand {
  readonly secret: string
  /** In lower case. */
  readonly header: string
  readonly cookie: string
}

/** With the defaults filled in; `null`: not given. */
export interface ResolvedChoosing {
  readonly ignore: readonly IgnoreRule[]
  readonly sample: number
  readonly shouldRecord: NonNullable<ChoosingOptions['shouldRecord']> | null
  readonly shouldKeep: NonNullable<ChoosingOptions['shouldKeep']> | null
  readonly onDemand: OnDemand | null
}

export type ChoosingSettingName = keyof ResolvedChoosing

const RULES = "an array of RegExps, functions (path) => boolean, and paths that start with '/'"
const rule = v.custom<IgnoreRule>(isRule, "a path that starts with '/', a RegExp, or a function (path) => boolean")
const name = v.custom<string>(
  (given) => typeof given === 'string' && /^[\w-]{1,100}$/.test(given) && /[a-z\d]/i.test(given),
  'a name of letters, digits, - and _',
)
const secret = v.custom<string>(
  (given) => typeof given === 'string' && /^[\w.~+/=-]{16,200}$/.test(given),
  '16 to 200 letters, digits and -._~+/=',
)
const onDemand = group(
  // One that is missing is told like one that is empty.
  { secret: v.optional(secret, ''), header: v.optional(name), cookie: v.optional(name) },
  'an object of options (`secret`, `header`, `cookie`)',
)

export const choosingSchemas: {
  readonly ignore: v.OptionalSchema<v.GenericSchema<unknown, IgnoreRule[]>, undefined>
  readonly sample: v.OptionalSchema<v.GenericSchema<unknown, number>, undefined>
  readonly shouldRecord: v.OptionalSchema<v.GenericSchema<NonNullable<ChoosingOptions['shouldRecord']>>, undefined>
  readonly shouldKeep: v.OptionalSchema<v.GenericSchema<NonNullable<ChoosingOptions['shouldKeep']>>, undefined>
  readonly onDemand: v.OptionalSchema<v.GenericSchema<unknown, OnDemandOptions>, undefined>
} = {
  ignore: v.optional(v.array(rule, RULES)),
  sample: v.optional(numberBetween(0, 1)),
  shouldRecord: v.optional(v.custom(isFunction, 'a function (req) => boolean')),
  shouldKeep: v.optional(v.custom(isFunction, 'a function (recording) => boolean')),
  onDemand: v.optional(onDemand),
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isRule(value: unknown): boolean {
  return isRegExp(value) || isFunction(value) || (typeof value === 'string' && value.startsWith('/'))
}

export function resolveChoosing({
  ignore,
  sample,
  shouldRecord,
  shouldKeep,
  onDemand: asked,
}: ChoosingOptions): ResolvedChoosing {
  return {
    ignore: ignore ?? [],
    sample: sample ?? 1,
    shouldRecord: shouldRecord ?? null,
    shouldKeep: shouldKeep ?? null,
    onDemand: asked === undefined ? null : resolveOnDemand(asked),
  }
}

function resolveOnDemand(given: OnDemandOptions): OnDemand {
  return {
    secret: given.secret,
    header: (given.header ?? 'x-silk-record').toLowerCase(),
    cookie: given.cookie ?? 'silk-record',
  }
}

export function choosingOrigins(given: ChoosingOptions): Readonly<Record<ChoosingSettingName, 'code' | 'default'>> {
  const origin = (of: ChoosingSettingName): 'code' | 'default' => (given[of] === undefined ? 'default' : 'code')
  return {
    ignore: origin('ignore'),
    sample: origin('sample'),
    shouldRecord: origin('shouldRecord'),
    shouldKeep: origin('shouldKeep'),
    onDemand: origin('onDemand'),
  }
}

/** As the settings page shows them: without the secret. */
export function describeChoosing(resolved: ResolvedChoosing): Readonly<Record<ChoosingSettingName, string>> {
  const { ignore, sample, shouldRecord, shouldKeep, onDemand: asked } = resolved
  const rules = ignore.map((one) => (typeof one === 'function' ? 'a function' : String(one)))
  return {
    ignore: rules.length === 0 ? 'none' : rules.join(', '),
    sample: sample === 1 ? 'all requests' : `${Number((sample * 100).toFixed(4))} % of requests`,
    shouldRecord: shouldRecord ? 'a function' : 'not set',
    shouldKeep: shouldKeep ? 'a function' : 'not set',
    onDemand: asked ? `by header ${asked.header} or cookie ${asked.cookie}, with a secret` : 'not set',
  }
}
