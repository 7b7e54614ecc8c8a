import type { ChoiceCause, DropCause, OwnCost, ProcessHealth, Trouble, WriteHealth } from '../../model/health.js'
import { isoTime, isoTimeOrNull } from '../../model/recording-json.js'
import type { StoreHealth } from '../../model/store-status.js'
import { bytes, count, duration, moment, percent, plural, quantityText } from '../display.js'
import { link } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { loadJson, loadModel, withoutText } from './health-load.js'
import { keptText } from './kept-text.js'

const CAUSES: Readonly<Record<DropCause, string>> = {
  overflow: 'they came faster than they could be written',
  unusable: 'the store could not be used',
  refused: 'they could not be written while others could',
  closed: 'they came after the store was closed',
}

const CHOICES: Readonly<Record<ChoiceCause, string>> = {
  ignored: 'their path is ignored',
  notAsked: 'they did not ask for it (onDemand)',
  notSampled: 'not sampled (sample)',
  notWanted: 'shouldRecord said no',
  notKept: 'recorded, and shouldKeep said no',
}

/** What silk itself costs and does. */
export async function healthPage(context: PageContext): Promise<Page> {
  const { reader, base, now } = context
  const store = await reader.health()
  const own = context.processHealth()
  return {
    title: 'Health',
    section: 'health',
    view: 'health',
    json: () => healthJson(store, own),
    model: () => ({
      verdict: verdictOf(store, own),
      cost: store.ownCost === null ? [] : costStats(store.ownCost, store.writes, own),
      pid: own.pid,
      started: moment(own.startedAt, now),
      recorded: [
        { label: 'made', value: count(own.madeCount) },
        { label: 'stored', value: count(store.writes.storedCount) },
        { label: 'waiting to be written', value: count(store.queuedCount) },
      ],
      dropped: dropRows(store.writes),
      choices: choiceRows(own.choices),
      droppedText: count(store.droppedCount),
      batches: batchStats(store.writes),
      lastBatch: store.writes.lastBatchAt === null ? null : moment(store.writes.lastBatchAt, now),
      load: loadModel(own.load, now),
      store: {
        file: store.file ?? 'a temporary file that goes with the process',
        size: quantityText(bytes(store.fileBytes)),
        ...keptText(store),
        problem: store.problem,
      },
      troubles: own.troubles.map((trouble) => troubleRow(trouble, now)),
      settingsHref: link(base, '/settings'),
    }),
  }
}

function healthJson({ writes, ownCost, controls, ...status }: StoreHealth, own: ProcessHealth): object {
  return {
    process: {
      pid: own.pid,
      startedAt: isoTime(own.startedAt),
      recordings: { made: own.madeCount, madeMs: own.madeMs, stored: writes.storedCount },
      dropped: writes.dropped,
      choices: own.choices,
      batches: {
        count: writes.batchCount,
        p50Ms: writes.batchP50Ms,
        p95Ms: writes.batchP95Ms,
        maxMs: writes.batchMaxMs,
        lastAt: isoTimeOrNull(writes.lastBatchAt),
      },
      load: loadJson(own.load),
      warnings: own.troubles.map(({ firstAt, lastAt, ...told }) => ({
        ...told,
        firstAt: isoTime(firstAt),
        lastAt: isoTime(lastAt),
      })),
    },
    store: { ...status, pausedAt: isoTimeOrNull(controls.pausedAt), session: controls.session },
    ownCost,
  }
}

function verdictOf({ problem, droppedCount, controls }: StoreHealth, { load, troubles }: ProcessHealth): object {
  if (problem !== null) return { text: 'Nothing is being stored.', detail: problem, className: 'c-err' }
  if (controls.pausedAt !== null) return { text: 'Recording is paused.', detail: '', className: '' }
  if (load.level > 0) {
    return {
      text: 'The app is under overload.',
      detail: `For now silk takes ${withoutText(load.level)}.`,
      className: '',
    }
  }
  if (droppedCount === 0 && troubles.length === 0) {
    return {
      text: 'All is well.',
      detail: 'Nothing was lost, and silk has had no failure of its own.',
      className: 'c-save',
    }
  }
  const lost =
    droppedCount === 0 ? 'nothing was lost' : `${plural(droppedCount, 'recording was', 'recordings were')} lost`
  const failures = plural(
    troubles.reduce((sum, trouble) => sum + trouble.count, 0),
    'failure of its own',
    'failures of its own',
  )
  return { text: 'It records.', detail: `Silk has had ${failures}; ${lost}.`, className: '' }
}

function costStats(cost: OwnCost, writes: WriteHealth, own: ProcessHealth): readonly object[] {
  const of = `of the newest ${plural(cost.requestCount, 'request', 'requests')}`
  return [
    { label: 'Inside a request, p50', ...duration(cost.p50Ms, 2), sub: of },
    { label: 'Inside a request, p95', ...duration(cost.p95Ms, 2), sub: of },
    { label: 'Of response time', value: percent(cost.share), unit: '%', sub: 'measured, and part of the total' },
    {
      label: 'After a response',
      ...duration(own.madeCount === 0 ? null : own.madeMs / own.madeCount, 2),
      sub: 'to make a recording, in slices',
    },
    {
      label: 'Writing',
      ...duration(writes.batchCount === 0 ? null : writes.batchP50Ms, 2),
      sub: 'a batch, p50, on the app’s thread',
    },
  ]
}

function batchStats({ batchCount, batchP50Ms, batchP95Ms, batchMaxMs }: WriteHealth): readonly object[] {
  const known = (ms: number): number | null => (batchCount === 0 ? null : ms)
  return [
    { label: 'batches written', value: count(batchCount) },
    { label: 'p50', value: quantityText(duration(known(batchP50Ms), 2)) },
    { label: 'p95', value: quantityText(duration(known(batchP95Ms), 2)) },
    { label: 'longest', value: quantityText(duration(known(batchMaxMs), 2)) },
  ]
}

/** Causes that never happened are not told: rows of zeros would hide the one that matters. */
function dropRows({ dropped }: WriteHealth): readonly object[] {
  const told = (Object.keys(CAUSES) as DropCause[]).filter((cause) => dropped[cause] > 0)
  return told.map((cause) => ({ cause: CAUSES[cause], count: count(dropped[cause]), className: 'c-err strong' }))
}

function choiceRows(choices: ProcessHealth['choices']): readonly object[] {
  const told = (Object.keys(CHOICES) as ChoiceCause[]).filter((cause) => choices[cause] > 0)
  return told.map((cause) => ({ cause: CHOICES[cause], count: count(choices[cause]), className: 'strong' }))
}

function troubleRow({ message, doing, count: times, firstAt, lastAt }: Trouble, now: number): object {
  return { message, doing, times: count(times), first: moment(firstAt, now), last: moment(lastAt, now) }
}
