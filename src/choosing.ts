import type { Request } from 'express'
import { howItThrew, letFail } from './capture/app-function.js'
import type { Masking } from './capture/mask.js'
import type { Report } from './capture/report.js'
import type { AnalyzedRecording } from './model/finding.js'
import type { ChoiceCause } from './model/health.js'
import { REDACTED } from './model/redacted.js'
import type { OnDemand, ResolvedChoosing } from './options-choosing.js'
import type { ResolvedOptions } from './options-resolved.js'
import { pathMatcher } from './path-matcher.js'
import { secretTest } from './secrets.js'

/** Which requests are recorded, and which recordings are kept. No method throws. */
export interface Choice {
  /** Whether a request that begins is left alone. */
  skips(path: string, req: Request): boolean
  keeps(analyzed: AnalyzedRecording): boolean
  /** How many were left out, by what chose so. */
  readonly counts: Readonly<Record<ChoiceCause, number>>
}

export function createChoice(options: ResolvedChoosing, report: Report): Choice {
  const counts = { ignored: 0, notAsked: 0, notSampled: 0, notWanted: 0, notKept: 0 }
  const { sample, shouldRecord, shouldKeep } = options
  const isIgnored = pathMatcher(options.ignore)
  const isAsked = options.onDemand === null ? null : askedBy(options.onDemand)
  const hasRules = options.ignore.length > 0

  function causeToSkip(path: string, req: Request): ChoiceCause | null {
    if (hasRules && answerOf(() => isIgnored(path), false, 'ignore', report)) return 'ignored'
    if (isAsked !== null && !isAsked(req)) return 'notAsked'
    if (sample < 1 && Math.random() >= sample) return 'notSampled'
    if (shouldRecord !== null && !answerOf(() => shouldRecord(req), true, 'shouldRecord', report)) return 'notWanted'
    return null
  }

  return {
    counts,
    skips(path, req) {
      const cause = causeToSkip(path, req)
      if (cause !== null) counts[cause] += 1
      return cause !== null
    },
    keeps({ recording, occurrences }) {
      if (shouldKeep === null || recording.pinned) return true
      const kept = answerOf(() => shouldKeep({ ...recording, occurrences }), true, 'shouldKeep', report)
      if (!kept) counts.notKept += 1
      return kept
    },
  }
}

type Asked = 'ignore' | 'shouldRecord' | 'shouldKeep'

/** What the app's own function says; where it fails, it is recorded and kept. */
function answerOf(ask: () => unknown, otherwise: boolean, option: Asked, report: Report): boolean {
  const fail = (how: string): boolean => {
    // Always in the same words, so that it is said once, and without the error's own, which might hold what it was asked.
    const what = option === 'shouldKeep' ? 'the recording was kept' : 'the request was recorded'
    report(new Error(`The option \`${option}\` ${how}; ${what}.`), 'choosing what to record')
    return otherwise
  }
  try {
    const answer = ask()
    return letFail(answer) ? fail('gave a promise, which is not waited for') : Boolean(answer)
  } catch (error) {
    return fail(howItThrew(error))
  }
}

function askedBy({ secret, header, cookie }: OnDemand): (req: Request) => boolean {
  const isSecret = secretTest(secret)
  return ({ headers }) => {
    const value = headers[header]
    if (typeof value === 'string' && isSecret(value)) return true
    return cookiesOf(headers.cookie, cookie).some(isSecret)
  }
}

function cookiesOf(cookies: string | undefined, name: string): readonly string[] {
  if (!cookies?.includes(`${name}=`)) return []
  const pairs = cookies.split(';').map((pair) => pair.trim())
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
}

/** A secret of silk's own, and the names of headers, cookies and parameters that carry it. */
interface CarriedSecret {
  readonly secret: string
  readonly names: readonly string[]
}

/** The secrets that ask silk for something. */
export function carriedSecrets({
  onDemand,
  cpuProfile,
}: Pick<ResolvedOptions, 'onDemand' | 'cpuProfile'>): readonly CarriedSecret[] {
  const { secret = null, header = '', query = '' } = cpuProfile ?? {}
  return [
    ...(onDemand === null ? [] : [{ secret: onDemand.secret, names: [onDemand.header, onDemand.cookie] }]),
    ...(secret === null ? [] : [{ secret, names: [header, query] }]),
  ]
}

/** What is masked, with silk's own secrets: by the names that carry them, and wherever else they stand. */
export function withSecrets(masking: Masking, carried: readonly CarriedSecret[]): Masking {
  if (carried.length === 0) return masking
  const { names, value: own } = masking
  return {
    ...masking,
    names: [...names, ...carried.flatMap((one) => one.names)],
    value: (path, value) => {
      if (typeof value === 'string' && carried.some(({ secret }) => value.includes(secret))) return REDACTED
      return own ? own(path, value) : value
    },
  }
}
