import type { CpuProfileFacts } from '../../model/cpu-profile.js'
import type { CpuProfileView } from '../../model/cpu-profile-view.js'
import { count, duration, durationText, percent, plural, share } from '../display.js'

const LEAST_UNKNOWN_MS = 1
/** Where V8 samples so much more seldom than it was told, the page says so. */
const SELDOM = 2

/** As it came out: a machine that has too much to do samples late. */
function meanIntervalMs({ durationMs, sampleCount }: CpuProfileFacts): number | null {
  return sampleCount === 0 ? null : durationMs / sampleCount
}

export function cpuStats({ summary: { facts }, busyMs, idleMs, byOwner }: CpuProfileView): readonly object[] {
  // What passed before the first sample.
  const unknownMs = facts.durationMs - busyMs - idleMs
  const ofBusy = (ms: number): string => `${percent(share(ms, busyMs))} % of busy`
  return [
    {
      label: 'Sampled',
      ...duration(facts.durationMs),
      sub: `${plural(facts.sampleCount, 'sample', 'samples')}, one each ${durationText(meanIntervalMs(facts), 2)}`,
    },
    {
      label: 'Busy',
      ...duration(busyMs),
      sub: `idle ${durationText(idleMs)}${unknownMs < LEAST_UNKNOWN_MS ? '' : `, not seen ${durationText(unknownMs)}`}`,
    },
    { label: 'Your code', ...duration(byOwner.app), sub: ofBusy(byOwner.app) },
    { label: 'knex and driver', ...duration(byOwner.driver), className: 'c-sql', sub: ofBusy(byOwner.driver) },
    { label: 'Other packages', ...duration(byOwner.package), sub: ofBusy(byOwner.package) },
    { label: 'Node and V8', ...duration(byOwner.node + byOwner.engine), sub: ofBusy(byOwner.node + byOwner.engine) },
    { label: 'silk', ...duration(byOwner.silk), sub: ofBusy(byOwner.silk) },
  ]
}

/** What must be known to read it right. */
export function cpuNotes({
  summary: { facts },
}: CpuProfileView): readonly { readonly strong: string; readonly text: string }[] {
  const { otherRequestCount, startMs, isCut, keptOneIn, durationMs } = facts
  const wantedMs = (facts.intervalUs / 1_000) * keptOneIn
  const isSeldom = (meanIntervalMs(facts) ?? 0) > wantedMs * SELDOM
  const others = plural(otherRequestCount, 'other request', 'other requests')
  return [
    otherRequestCount === 0
      ? {
          strong: 'No other recorded request ran meanwhile.',
          text: 'Timers, work left over from before, and requests that are not recorded are in it all the same.',
        }
      : {
          strong: `${others} of this process ran meanwhile.`,
          text: 'The samples of all of them are in here: V8 samples the thread, not the request.',
        },
    {
      strong: `It began ${durationText(startMs)} after the request.`,
      text: 'Starting the sampler takes that time, which the request’s own time contains.',
    },
    ...(isSeldom
      ? [
          {
            strong: `V8 sampled more seldom than each ${durationText(wantedMs, 2)},`,
            text: 'as it does where the machine has too much to do: short calls are not seen, and long ones roughly.',
          },
        ]
      : []),
    ...(isCut
      ? [{ strong: `It ends after ${durationText(durationMs)}`, text: '(cpuProfile.maxMs), before the response did.' }]
      : []),
    ...(keptOneIn > 1
      ? [{ strong: `One in ${count(keptOneIn)} samples was kept,`, text: 'to stay within cpuProfile.maxBytes.' }]
      : []),
  ]
}
