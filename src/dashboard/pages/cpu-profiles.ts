import type { CpuProfileTrigger } from '../../model/cpu-profile.js'
import type { CpuProfileSummary } from '../../model/cpu-profile-view.js'
import type { Awaited, CpuProfileCounts } from '../../model/cpu-profiling.js'
import { JOB_METHOD } from '../../model/recording.js'
import { isoTime } from '../../model/recording-json.js'
import { bytes, count, duration, moment, valueParts } from '../display.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { cpuProfileLink } from './cpu-profile.js'

const TRIGGERS: Readonly<Record<CpuProfileTrigger, string>> = {
  secret: 'the secret',
  page: 'a page',
  predicate: 'shouldProfile',
  slow: 'a slow one before',
  code: 'silk.record',
}

const CAUSES: Readonly<Record<Exclude<keyof CpuProfileCounts, 'taken'>, string>> = {
  busy: 'another was running',
  limited: 'as many as a minute may have (cpuProfile.perMinute)',
  overloaded: 'the app was under overload',
  failed: 'the sampler could not be used: see Health',
  otherRoute: 'it turned out to be of another route than the one waited for',
  tooLarge: 'too large (cpuProfile.maxBytes)',
}

/** The profiles that are kept, and the way to get one: `/cpu-profiles`. */
export async function cpuProfilesPage(context: PageContext): Promise<Page> {
  const { base, now, cpuProfiling, processHealth } = context
  const profiles = await context.reader.cpuProfiles()
  const state = cpuProfiling?.state() ?? null
  const items = profiles.map(({ facts, bytes: size, recording }) => ({
    recording: { ...recording, startedAt: isoTime(recording.startedAt) },
    ...facts,
    bytes: size,
  }))
  return {
    title: 'CPU profiles',
    section: 'profiling',
    view: 'cpu-profiles',
    json: () => ({
      ...{ items, next: null, previous: null, total: items.length },
      ...(state && stateJson(awaitedIn(context), state.counts)),
    }),
    model: () => ({
      backHref: link(base, '/profiling'),
      rows: profiles.map((profile) => profileRow(base, now, profile)),
      request: state && profileRequest(context, null, '/cpu-profiles'),
      pid: processHealth().pid,
      askedBy: state?.askedBy ?? null,
      slowerThan: state?.slowerThanMs == null ? null : duration(state.slowerThanMs),
      counts: state === null ? [] : countRows(state.counts),
      taken: state === null ? null : count(state.counts.taken),
    }),
  }
}

/** What is waited for: asked by pages, as the store tells it, and by this process since one was slow. */
function awaitedIn({ cpuProfiling, status }: PageContext): readonly Awaited[] {
  const own = cpuProfiling?.state().awaited ?? []
  const asked = status.controls.profiles.map((one) => ({ ...one, trigger: 'page' as const }))
  return [...asked, ...own.filter(({ trigger }) => trigger === 'slow')]
}

function stateJson(awaited: readonly Awaited[], counts: CpuProfileCounts): object {
  return { awaited: awaited.map(({ since, ...told }) => ({ ...told, since: isoTime(since) })), counts }
}

function countRows(counts: CpuProfileCounts): readonly { readonly cause: string; readonly value: string }[] {
  return (Object.keys(CAUSES) as (keyof typeof CAUSES)[])
    .filter((cause) => counts[cause] > 0)
    .map((cause) => ({ cause: CAUSES[cause], value: count(counts[cause]) }))
}

function profileRow(base: string, now: number, { facts, bytes: size, recording }: CpuProfileSummary): object {
  const { method, path, name, kind } = recording
  return {
    href: cpuProfileLink(base, recording.id),
    method: method ?? (kind === 'job' ? JOB_METHOD : ''),
    path: valueParts(path ?? name ?? kind),
    at: moment(recording.startedAt, now),
    trigger: TRIGGERS[facts.trigger],
    total: duration(recording.durationMs),
    sampled: duration(facts.durationMs),
    samples: count(facts.sampleCount),
    others: count(facts.otherRequestCount),
    size: bytes(size),
  }
}

/**
 * The button that has the next request of a group profiled, and what is waited for already; `null`: nothing can be asked
 * for here.
 *
 * @param group `null`: any
 * @param back where the browser goes on
 */
export function profileRequest(
  context: PageContext,
  group: { readonly method: string; readonly route: string } | null,
  back: string,
): object | null {
  const { base, now, cpuProfiling, processHealth, csrfToken } = context
  if (cpuProfiling === null) return null
  const awaited = awaitedIn(context)
  const isOfThis = ({ method, route }: Awaited): boolean =>
    group === null || method === null || (method === group.method && route === group.route)
  return {
    action: link(base, '/cpu-profiles'),
    csrf: csrfToken(),
    back,
    group,
    label: group === null ? 'Profile the next request' : `Profile the next ${group.method} ${group.route}`,
    isAsked: awaited.some(
      ({ method, route }) => method === (group?.method ?? null) && route === (group?.route ?? null),
    ),
    awaited: awaited.filter(isOfThis).map((one) => ({
      what: one.method === null ? 'the next request of any route' : `the next ${one.method} ${one.route}`,
      since: moment(one.since, now),
      where: one.trigger === 'slow' ? `process ${processHealth().pid}` : 'whichever process of the app it comes to',
      because: one.trigger === 'slow' ? 'since one was slow' : 'asked for',
    })),
  }
}
