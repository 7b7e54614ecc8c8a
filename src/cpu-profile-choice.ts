import type { Request } from 'express'
import type { CpuProfileChoice } from './capture/cpu-profile/profiling.js'
import { isSampling } from './capture/cpu-profile/sampler.js'
import { overload } from './capture/overload.js'
import type { Report } from './capture/report.js'
import { isThenable } from './capture/sources/knex-types.js'
import { createAwaited } from './cpu-profile-awaited.js'
import { createRateLimit } from './explain/rate-limit.js'
import type { CpuProfileTrigger } from './model/cpu-profile.js'
import type { CpuProfileCounts, CpuProfiling } from './model/cpu-profiling.js'
import { groupOf, JOB_METHOD, type Recording } from './model/recording.js'
import type { RecordingWriter } from './model/store.js'
import { pathOf } from './model/url.js'
import type { CpuProfileSettings } from './options-cpu-profile.js'
import { secretTest } from './secrets.js'

const MINUTE_MS = 60_000

/** What is profiled, for the capture; what pages ask for; and what a recording means for the next one of its route. */
export interface CpuProfileRules {
  readonly choice: CpuProfileChoice
  readonly pages: CpuProfiling
  /** Takes each recording that was made; the one it gives back is without a profile that was meant for another route. */
  settle(recording: Recording): Recording
}

export function createCpuProfileRules(
  settings: CpuProfileSettings,
  { controls, awaitProfiles }: Pick<RecordingWriter, 'controls' | 'awaitProfiles'>,
  report: Report,
): CpuProfileRules {
  const { secret, header, query, slowerThanMs } = settings
  const counts: { -readonly [Name in keyof CpuProfileCounts]: number } = {
    ...{ taken: 0, busy: 0, limited: 0, overloaded: 0, failed: 0, otherRoute: 0, tooLarge: 0 },
  }
  const waitMs = createRateLimit(settings.perMinute, MINUTE_MS)
  const awaited = createAwaited({ list: () => controls(false).profiles, change: awaitProfiles }, report)
  const carriesSecret = secret === null ? null : carrierOf(secret, header, query)
  const isWanted = settings.shouldProfile && predicate(settings.shouldProfile, report)

  /** Whether there is room for one more. */
  function isRoom(): boolean {
    if (isSampling()) counts.busy++
    else if (!overload.isCalm) counts.overloaded++
    else if (waitMs() > 0) counts.limited++
    else return true
    return false
  }
  /** What is awaited stays so while there is no room. */
  function ofAwaited(method: string, path: string, id: string): CpuProfileTrigger | null {
    return awaited.has(method, path) && isRoom() ? awaited.take(method, path, id) : null
  }
  function causeOf(req: Request, url: string): CpuProfileTrigger | null {
    if (carriesSecret?.(req, url)) return 'secret'
    return isWanted?.(req) ? 'predicate' : null
  }

  return {
    choice: {
      ...{ intervalUs: settings.intervalUs, maxMs: settings.maxMs, maxBytes: settings.maxBytes },
      ofRequest(req, { method, url, id }) {
        const cause = causeOf(req, url)
        if (cause !== null) return isRoom() ? cause : null
        return awaited.isEmpty ? null : ofAwaited(method, pathOf(url), id)
      },
      ofJob(name, id, isWantedByCode) {
        if (isWantedByCode) return isRoom() ? 'code' : null
        return awaited.isEmpty ? null : ofAwaited(JOB_METHOD, name, id)
      },
      count: (outcome) => {
        counts[outcome]++
      },
    },
    pages: {
      await: awaited.ask,
      cancel: awaited.cancel,
      state: () => ({
        awaited: awaited.list(),
        counts: { ...counts },
        askedBy: secret === null ? null : { header, query },
        slowerThanMs,
      }),
    },
    settle(recording) {
      const { cpuProfile, durationMs } = recording
      const group = groupOf(recording)
      if (cpuProfile !== undefined && awaited.wasAnother(recording.id, group)) {
        counts.otherRoute++
        const { cpuProfile: _, ...rest } = recording
        return rest
      }
      const isSlow = slowerThanMs !== null && durationMs > slowerThanMs && cpuProfile === undefined
      if (isSlow && group !== null && group.route !== null) {
        awaited.addSlow({ method: group.method, route: group.route })
      }
      return recording
    },
  }
}

/** Whether a request has the secret in its header, or in a parameter of its address. */
function carrierOf(secret: string, header: string, query: string): (req: Request, url: string) => boolean {
  const isSecret = secretTest(secret)
  return ({ headers }, url) => {
    const value = headers[header]
    if (typeof value === 'string' && isSecret(value)) return true
    if (!url.includes(`${query}=`)) return false
    return new URLSearchParams(url.slice(url.indexOf('?') + 1)).getAll(query).some(isSecret)
  }
}

/** The app's own function; where it fails, nothing is profiled. */
function predicate(ask: NonNullable<CpuProfileSettings['shouldProfile']>, report: Report): (req: Request) => boolean {
  const fail = (how: string): false => {
    report(
      new Error(`The option \`cpuProfile.shouldProfile\` ${how}; the request was not profiled.`),
      'choosing what to profile',
    )
    return false
  }
  return (req) => {
    try {
      const answer: unknown = ask(req)
      if (!isThenable(answer)) return Boolean(answer)
      answer.then(undefined, () => {})
      return fail('gave a promise, which is not waited for')
    } catch (error) {
      return fail(`threw ${error instanceof Error ? `a ${error.name}` : 'something'}`)
    }
  }
}
