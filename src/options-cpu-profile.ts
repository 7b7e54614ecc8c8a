import type { Request } from 'express'
import * as v from 'valibot'
import { group, integerFrom, isObject, numberBetween } from './options-schema-parts.js'

/** Which recorded requests and jobs have a CPU profile, and what it may cost. */
export interface CpuProfileOptions {
  /**
   * Profiles a request that carries it, in a header or a parameter of its address: 16 to 200 letters, digits and
   * `-._~+/=`. It is masked wherever it is recorded. In an address it stands in the logs of others: prefer the header.
   *
   * @default not set: no request can ask
   * @example silk({ cpuProfile: { secret: process.env.SILK_PROFILE_SECRET ?? '' } })
   */
  readonly secret?: string | undefined
  /** @default 'x-silk-profile' */
  readonly header?: string | undefined
  /** @default 'silk-profile' */
  readonly query?: string | undefined
  /**
   * Asked at the beginning of each recorded request. It must answer at once: a promise, like an exception, is a no.
   *
   * @default none is
   * @example silk({ cpuProfile: { shouldProfile: (req) => req.path === '/reports' } })
   */
  // biome-ignore lint/suspicious/noExplicitAny: apps extend Express's Request (`req.user`, `req.session`) each their own way
  readonly shouldProfile?: ((req: Request<any, any, any, any>) => boolean) | undefined
  /**
   * Milliseconds: after a request that took longer, or a job, the next one of its route is profiled, unless that one was
   * profiled itself. A number of at least 1.
   *
   * @default not set
   * @example silk({ cpuProfile: { slowerThanMs: 500 } })
   */
  readonly slowerThanMs?: number | undefined
  /** Microseconds between two samples: 50 to 100,000. @default 200 */
  readonly intervalUs?: number | undefined
  /** Milliseconds that one profile may take: 10 to 60,000. What comes later is not in it. @default 10_000 */
  readonly maxMs?: number | undefined
  /** Bytes of one profile, compressed; above it fewer of its samples are kept. At least 10,000. @default 2_000_000 */
  readonly maxBytes?: number | undefined
  /** Profiles that may be begun in a minute, by whatever asks: 1 to 600. @default 10 */
  readonly perMinute?: number | undefined
  /** Profiles kept; the oldest go first, and each goes with its recording. At least 1. @default 100 */
  readonly keep?: number | undefined
  /** Bytes of all profiles kept, compressed. At least 10,000. @default 50_000_000 */
  readonly keepBytes?: number | undefined
}

/** With the defaults filled in; `null`: not given. */
export interface CpuProfileSettings {
  readonly secret: string | null
  /** In lower case. */
  readonly header: string
  readonly query: string
  readonly shouldProfile: NonNullable<CpuProfileOptions['shouldProfile']> | null
  readonly slowerThanMs: number | null
  readonly intervalUs: number
  readonly maxMs: number
  readonly maxBytes: number
  readonly perMinute: number
  readonly keep: number
  readonly keepBytes: number
}

export type CpuProfileSettingName = `cpuProfile.${keyof CpuProfileOptions}`

const name = v.custom<string>(
  (given) => typeof given === 'string' && /^[\w-]{1,100}$/.test(given) && /[a-z\d]/i.test(given),
  'a name of letters, digits, - and _',
)
const secret = v.custom<string>(
  (given) => typeof given === 'string' && /^[\w.~+/=-]{16,200}$/.test(given),
  '16 to 200 letters, digits and -._~+/=',
)
const wholeBetween = (least: number, most: number): v.GenericSchema<number> =>
  v.custom<number>(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    `an integer from ${least} to ${most}`,
  )

const ALLOWED = 'false, or an object of options (`secret`, `shouldProfile`, `slowerThanMs` …)'
const options = group(
  {
    secret: v.optional(secret),
    header: v.optional(name),
    query: v.optional(name),
    shouldProfile: v.optional(
      v.custom<NonNullable<CpuProfileOptions['shouldProfile']>>(
        (value) => typeof value === 'function',
        'a function (req) => boolean',
      ),
    ),
    slowerThanMs: v.optional(numberBetween(1, Number.MAX_VALUE)),
    intervalUs: v.optional(wholeBetween(50, 100_000)),
    maxMs: v.optional(numberBetween(10, 60_000)),
    maxBytes: v.optional(integerFrom(10_000)),
    perMinute: v.optional(wholeBetween(1, 600)),
    keep: v.optional(integerFrom(1)),
    keepBytes: v.optional(integerFrom(10_000)),
  },
  ALLOWED,
)

export const cpuProfileSchema: v.GenericSchema<unknown, CpuProfileOptions | false> = v.lazy((given) =>
  isObject(given) ? options : v.custom<CpuProfileOptions | false>((value) => value === false, ALLOWED),
)

/** `null`: nothing is ever profiled, and no page offers it. */
export function resolveCpuProfile(given: CpuProfileOptions | false | undefined): CpuProfileSettings | null {
  if (given === false) return null
  const all = given ?? {}
  return {
    secret: all.secret ?? null,
    header: (all.header ?? 'x-silk-profile').toLowerCase(),
    query: all.query ?? 'silk-profile',
    shouldProfile: all.shouldProfile ?? null,
    slowerThanMs: all.slowerThanMs ?? null,
    intervalUs: all.intervalUs ?? 200,
    maxMs: all.maxMs ?? 10_000,
    maxBytes: all.maxBytes ?? 2_000_000,
    perMinute: all.perMinute ?? 10,
    keep: all.keep ?? 100,
    keepBytes: all.keepBytes ?? 50_000_000,
  }
}

const NAMES: readonly (keyof CpuProfileOptions)[] = [
  'secret',
  'header',
  'query',
  'shouldProfile',
  'slowerThanMs',
  'intervalUs',
  'maxMs',
  'maxBytes',
  'perMinute',
  'keep',
  'keepBytes',
]

type Named<Value> = Readonly<Record<CpuProfileSettingName, Value>>

function ofNames<Value>(told: (name: keyof CpuProfileOptions) => Value): Named<Value> {
  return Object.fromEntries(NAMES.map((name) => [`cpuProfile.${name}`, told(name)])) as Named<Value>
}

export function cpuProfileOrigins(given: CpuProfileOptions | false | undefined): Named<'code' | 'default'> {
  return ofNames((name) => (given === false || given?.[name] !== undefined ? 'code' : 'default'))
}

/** As the settings page shows them: without the secret. */
export function describeCpuProfile(settings: CpuProfileSettings | null): Named<string> {
  if (settings === null) return ofNames(() => 'off')
  const { slowerThanMs } = settings
  return {
    'cpuProfile.secret': settings.secret === null ? 'not set' : 'a secret',
    'cpuProfile.header': settings.header,
    'cpuProfile.query': settings.query,
    'cpuProfile.shouldProfile': settings.shouldProfile ? 'a function' : 'not set',
    'cpuProfile.slowerThanMs': slowerThanMs === null ? 'not set' : `${slowerThanMs} ms`,
    'cpuProfile.intervalUs': `${settings.intervalUs} µs`,
    'cpuProfile.maxMs': `${settings.maxMs} ms`,
    'cpuProfile.maxBytes': `${settings.maxBytes} bytes`,
    'cpuProfile.perMinute': `${settings.perMinute} profiles`,
    'cpuProfile.keep': `${settings.keep} profiles`,
    'cpuProfile.keepBytes': `${settings.keepBytes} bytes`,
  }
}
