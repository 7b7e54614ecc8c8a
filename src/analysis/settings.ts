import type { Occurrence } from '../model/finding.js'
import type { RecordedRequest } from '../model/recording.js'

/** Times are milliseconds. `null`: the detector is switched off. */
export interface DetectSettings {
  readonly nPlusOne: { readonly threshold: number } | null
  readonly duplicateQuery: { readonly threshold: number } | null
  readonly writeLoop: { readonly threshold: number } | null
  readonly sequentialQueries: { readonly ms: number } | null
  readonly slowQuery: { readonly ms: number } | null
  readonly missingIndex: { readonly rows: number } | null
  readonly unboundedResult: { readonly rows: number } | null
  readonly overFetch: { readonly bytes: number; readonly rows: number } | null
  readonly repeatedAcrossRequests: { readonly recordings: number; readonly share: number } | null
  readonly poolWait: { readonly ms: number } | null
  readonly longTransaction: { readonly ms: number } | null
  readonly queryBudget: { readonly queries: number | null; readonly sqlMs: number | null } | null
  readonly lateQuery: { readonly ms: number } | null
}

/** Rows of a table from which on `missing-index` counts; also for a plan that is asked for while it is switched off. */
export const MISSING_INDEX_ROWS = 1_000

/** The settings of one detector that is switched on. */
export type SettingsOf<Name extends keyof DetectSettings> = NonNullable<DetectSettings[Name]>

/** What is detected, in all routes and in those that have settings of their own. */
export interface Detection extends DetectSettings {
  /** By method and pattern: `GET /collections/:id`. Each is whole. */
  readonly routes: Readonly<Record<string, DetectSettings>>
  /** What is no finding, whatever it looks like. */
  readonly ignore: readonly IgnoreRule[]
}

/** Statements by a part of their fingerprint's text or by a pattern of it; all kinds unless one is named. */
export interface IgnoreRule {
  readonly kind: string | null
  readonly statement: string | RegExp
}

/** Those of the request's route, where it has settings of its own. */
export function settingsFor(
  request: Pick<RecordedRequest, 'method' | 'route'> | null,
  detection: Detection,
): DetectSettings {
  if (request === null || request.route === null) return detection
  const key = `${request.method} ${request.route}`
  return Object.hasOwn(detection.routes, key) ? (detection.routes[key] as DetectSettings) : detection
}

/** Whether a rule names one of the statements. */
export function isIgnored(
  { kind, statements }: Pick<Occurrence, 'kind' | 'statements'>,
  rules: Detection['ignore'],
): boolean {
  return rules.some(({ kind: ruleKind, statement }) => {
    if (ruleKind !== null && ruleKind !== kind) return false
    return statements.some((text) => (typeof statement === 'string' ? text.includes(statement) : statement.test(text)))
  })
}
