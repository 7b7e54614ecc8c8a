import * as v from 'valibot'
import {
  type Detection,
  type DetectSettings,
  type IgnoreRule,
  MISSING_INDEX_ROWS,
  type SettingsOf,
} from './analysis/settings.js'
import { FINDING_KINDS } from './model/finding.js'
import type { DetectOptions, DetectorOptions, IgnoreOption } from './options-detect-given.js'
import { group, integerFrom, isObject, isRegExp, numberBetween } from './options-schema-parts.js'

type DetectorName = keyof DetectSettings

/** One number of a detector. */
interface Limit {
  /** `null`: unlimited. */
  readonly byDefault: number | null
  readonly schema: v.GenericSchema<number>
  readonly unit: string
}

const whole = (byDefault: number | null, unit: string, least: number): Limit => ({
  byDefault,
  schema: integerFrom(least),
  unit,
})
const ms = (byDefault: number | null): Limit => ({ byDefault, schema: numberBetween(0, Number.MAX_VALUE), unit: 'ms' })

/** Every number that can be set, with its default: the schema, the defaults and the settings page are made of it. */
const LIMITS: { readonly [Name in DetectorName]: Readonly<Record<keyof SettingsOf<Name>, Limit>> } = {
  nPlusOne: { threshold: whole(5, 'queries', 2) },
  duplicateQuery: { threshold: whole(2, 'queries', 2) },
  writeLoop: { threshold: whole(5, 'queries', 2) },
  sequentialQueries: { ms: ms(20) },
  slowQuery: { ms: ms(100) },
  missingIndex: { rows: whole(MISSING_INDEX_ROWS, 'rows', 0) },
  unboundedResult: { rows: whole(500, 'rows', 1) },
  overFetch: { bytes: whole(100_000, 'bytes', 1), rows: whole(100, 'rows', 1) },
  repeatedAcrossRequests: {
    recordings: whole(20, 'recordings', 2),
    share: { byDefault: 0.8, schema: numberBetween(0, 1), unit: 'of them' },
  },
  poolWait: { ms: ms(40) },
  longTransaction: { ms: ms(100) },
  queryBudget: { queries: whole(null, 'queries', 0), sqlMs: ms(null) },
  lateQuery: { ms: ms(0) },
}

const DETECTORS = Object.keys(LIMITS) as readonly DetectorName[]

const DETECTOR = 'false, or an object of options'

function detectorSchema(limits: Readonly<Record<string, Limit>>): v.GenericSchema<unknown> {
  const entries = Object.fromEntries(Object.entries(limits).map(([name, { schema }]) => [name, v.optional(schema)]))
  const known = Object.keys(limits).map((name) => `\`${name}\``)
  return v.lazy((given) => (given === false ? v.literal(false) : group(entries, `${DETECTOR} (${known.join(', ')})`)))
}

const detectorSchemas = Object.fromEntries(
  DETECTORS.map((name) => [name, v.optional(detectorSchema(LIMITS[name]))]),
) as Record<DetectorName, v.OptionalSchema<v.GenericSchema<unknown>, undefined>>

const PATTERN = 'a part of a statement, or a RegExp'
const pattern = v.custom<string | RegExp>(
  (value) => isRegExp(value) || (typeof value === 'string' && value !== ''),
  PATTERN,
)
const kind = v.picklist(FINDING_KINDS, `one of ${FINDING_KINDS.map((known) => `'${known}'`).join(', ')}`)
const ignoreRule = v.lazy((given) =>
  isObject(given) && !isRegExp(given)
    ? group({ kind: v.optional(kind), statement: pattern })
    : v.custom<string | RegExp>(v.is.bind(null, pattern), `${PATTERN}, or { kind, statement }`),
)

const ROUTE = /^(?:[A-Z]+ \/\S*|JOB \S.*)$/
const routes = v.pipe(
  v.custom<object>(isObject, "an object such as { 'GET /collections/:id': { nPlusOne: { threshold: 10 } } }"),
  v.record(
    v.custom<string>(
      (value) => ROUTE.test(String(value)),
      "a method and a route's pattern, such as 'GET /collections/:id', or 'JOB nightly report'",
    ),
    group(detectorSchemas),
  ),
)

export const detectSchema: v.GenericSchema<unknown, DetectOptions> = group({
  ...detectorSchemas,
  routes: v.optional(routes),
  ignore: v.optional(v.array(ignoreRule, `an array of statements: each ${PATTERN}, or { kind, statement }`)),
}) as v.GenericSchema<unknown, DetectOptions>

/** The given options with the defaults filled in, for all routes and for each that has options of its own. */
export function resolveDetection(given: DetectOptions = {}): Detection {
  const { routes: givenRoutes = {}, ignore = [], ...detectors } = given
  return {
    ...settingsOf(detectors),
    routes: Object.fromEntries(
      Object.entries(givenRoutes).map(([route, own]) => [route, settingsOf(merged(detectors, own))]),
    ),
    ignore: ignore.map(ruleOf),
  }
}

/** What a route leaves open is as for all routes. */
function merged(all: DetectorOptions, own: DetectorOptions): DetectorOptions {
  return Object.fromEntries(
    DETECTORS.map((name) => {
      const [ownGroup, group] = [own[name], all[name]]
      return [name, ownGroup && group ? { ...group, ...defined(ownGroup) } : (ownGroup ?? group)]
    }),
  )
}

function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function settingsOf(given: DetectorOptions): DetectSettings {
  const groups = DETECTORS.map((name) => {
    const options = given[name]
    if (options === false) return [name, null]
    const limits: Readonly<Record<string, Limit>> = LIMITS[name]
    const values = Object.entries(limits).map(([limit, { byDefault }]) => [
      limit,
      (options as Readonly<Record<string, number | undefined>> | undefined)?.[limit] ?? byDefault,
    ])
    return [name, Object.fromEntries(values)]
  })
  return Object.fromEntries(groups) as unknown as DetectSettings
}

function ruleOf(option: IgnoreOption): IgnoreRule {
  const { kind = null, statement } =
    typeof option === 'string' || isRegExp(option)
      ? { statement: option }
      : (option as Exclude<IgnoreOption, string | RegExp>)
  // With these flags a RegExp remembers where it stopped, and would answer differently the next time.
  return {
    kind,
    statement: isRegExp(statement) ? new RegExp(statement.source, statement.flags.replace(/[gy]/g, '')) : statement,
  }
}

type LimitName<Name extends DetectorName> = `detect.${Name}.${keyof SettingsOf<Name> & string}`

/** `detect.nPlusOne.threshold` … as the settings page and the docs name them. */
export type DetectSettingName =
  | { [Name in DetectorName]: LimitName<Name> }[DetectorName]
  | 'detect.routes'
  | 'detect.ignore'

function limitNames(): readonly (readonly [DetectorName, string])[] {
  return DETECTORS.flatMap((name) => Object.keys(LIMITS[name]).map((limit) => [name, limit] as const))
}

/** Where each setting's value came from. */
export function detectOrigins(given: DetectOptions = {}): Readonly<Record<DetectSettingName, 'code' | 'default'>> {
  const isGiven = ([name, limit]: readonly [DetectorName, string]): boolean => {
    const options = given[name]
    return options === false || (options as Readonly<Record<string, unknown>> | undefined)?.[limit] !== undefined
  }
  const origin = (isInCode: boolean): 'code' | 'default' => (isInCode ? 'code' : 'default')
  return Object.fromEntries([
    ...limitNames().map((at) => [`detect.${at[0]}.${at[1]}`, origin(isGiven(at))]),
    ['detect.routes', origin(given.routes !== undefined)],
    ['detect.ignore', origin(given.ignore !== undefined)],
  ])
}

/** Each setting's value in words. */
export function describeDetection(detection: Detection): Readonly<Record<DetectSettingName, string>> {
  const described = limitNames().map(([name, limit]) => {
    const settings = detection[name] as Readonly<Record<string, number | null>> | null
    const { unit } = (LIMITS[name] as Readonly<Record<string, Limit>>)[limit] as Limit
    const value = settings?.[limit] ?? null
    return [`detect.${name}.${limit}`, settings === null ? 'off' : value === null ? 'unlimited' : `${value} ${unit}`]
  })
  const routeNames = Object.keys(detection.routes)
  return Object.fromEntries([
    ...described,
    ['detect.routes', routeNames.length === 0 ? 'none' : routeNames.join(', ')],
    ['detect.ignore', detection.ignore.length === 0 ? 'none' : detection.ignore.map(ruleText).join(', ')],
  ])
}

function ruleText({ kind, statement }: IgnoreRule): string {
  return kind === null ? String(statement) : `${kind}: ${statement}`
}
