import * as v from 'valibot'
import type { CpuFrame, CpuFunctionSum, CpuProfileLook, CpuProfileView } from '../../model/cpu-profile-view.js'
import { JOB_METHOD } from '../../model/recording.js'
import { isoTime } from '../../model/recording-json.js'
import { flamegraph, functionName, OWNERS } from '../charts/flamegraph.js'
import {
  bytes,
  count,
  duration,
  durationText,
  type Place,
  percent,
  place,
  quantityText,
  share,
  valueParts,
} from '../display.js'
import { link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { oneOf, parseQuery, wholeNumber } from '../page-query.js'
import { PageProblem } from '../problem.js'
import { renderEach } from '../render.js'
import { findSpeedscope } from '../speedscope.js'
import { cpuNotes, cpuStats } from './cpu-profile-numbers.js'

const querySchema = v.object({
  frame: v.optional(wholeNumber(0, 999_999_999)),
  order: v.optional(oneOf(['self', 'total']), 'self'),
})

/** The CPU profile of a recording: `/requests/:id/cpu-profile`. */
export async function cpuProfilePage(context: PageContext): Promise<Page> {
  const { frame, order } = parseQuery(querySchema, context.query)
  const id = context.params.id ?? ''
  const look = { frame: frame ?? null, order }
  const view = await context.reader.cpuProfileView(id, look)
  if (view === null) throw noProfile(id)
  const { method, path, name, kind } = view.summary.recording
  return {
    title: `CPU profile of ${method ?? kind} ${path ?? name ?? ''}`,
    section: 'requests',
    view: 'cpu-profile',
    json: () => profileJson(view),
    model: () => profileModel(context, view, look),
  }
}

export function noProfile(id: string): PageProblem {
  return new PageProblem(
    404,
    'No CPU profile',
    `The recording "${id}" has no CPU profile, or it is not kept any more.`,
    ['Profiles are kept for fewer requests than recordings: see the options cpuProfile.keep and cpuProfile.keepBytes.'],
  )
}

function profileJson({ summary, boxes: _, ...view }: CpuProfileView): object {
  const { recording, facts, bytes: size } = summary
  return { recording: { ...recording, startedAt: isoTime(recording.startedAt) }, ...facts, bytes: size, ...view }
}

async function profileModel(context: PageContext, view: CpuProfileView, look: CpuProfileLook): Promise<object> {
  const { recording } = view.summary
  const self = cpuProfileLink(context.base, recording.id)
  const at = (frame: number | null, order = look.order): string =>
    link('', self, { frame, order: order === 'self' ? null : order })
  return {
    backHref: requestLink(context.base, recording.id),
    method: recording.method ?? (recording.kind === 'job' ? JOB_METHOD : ''),
    path: valueParts(recording.path ?? recording.name ?? recording.kind),
    jsonHref: `${self}.json`,
    ...fileLinks(context, view),
    stats: cpuStats(view),
    notes: cpuNotes(view),
    crumbs: view.zoom.map((frame, index) => ({
      name: functionName(frame),
      href: index === view.zoom.length - 1 ? null : at(frame.id),
    })),
    wholeHref: at(null),
    flame: await flameModel(view, ({ id }) => at(id)),
    shown: durationText(view.shownMs),
    orders: (['self', 'total'] as const).map((order) => ({
      order,
      href: `${at(look.frame, order)}#functions`,
      isCurrent: order === look.order,
    })),
    functions: view.functions.map((sum) => functionRow(context, view, sum, at(sum.frameId))),
    moreText:
      view.functionCount > view.functions.length
        ? `The first ${count(view.functions.length)} of ${count(view.functionCount)} functions.`
        : null,
  }
}

/** The section of a request's page; `null`: it has no profile. */
export async function cpuProfileSection(context: PageContext, id: string): Promise<object | null> {
  const view = await context.reader.cpuProfileView(id, { frame: null, order: 'self' })
  if (view === null) return null
  const self = cpuProfileLink(context.base, id)
  return {
    pageHref: self,
    ...fileLinks(context, view),
    summary: `busy ${durationText(view.busyMs)} of ${durationText(view.summary.facts.durationMs)}`,
    notes: cpuNotes(view),
    flame: await flameModel(view, (frame) => link('', self, { frame: frame.id })),
  }
}

async function flameModel(view: CpuProfileView, hrefOf: (frame: CpuFrame) => string): Promise<object> {
  const { boxes, ...flame } = flamegraph(view, hrefOf)
  return { ...flame, isEmpty: boxes.length === 0, boxes: await renderEach('flame-box', boxes, (box) => ({ box })) }
}

export function cpuProfileLink(base: string, id: string): string {
  return `${requestLink(base, id)}/cpu-profile`
}

function fileLinks({ base, projectRoot }: PageContext, { summary }: CpuProfileView): object {
  const { id, method, path, name } = summary.recording
  const fileHref = `${cpuProfileLink(base, id)}.cpuprofile`
  const title = `${method ?? ''} ${path ?? name ?? ''}`.trim()
  const hash = `profileURL=${encodeURIComponent(fileHref)}&title=${encodeURIComponent(title.replace(/[\ud800-\udfff]/g, ''))}`
  return {
    fileHref,
    size: quantityText(bytes(summary.bytes)),
    speedscopeHref: findSpeedscope(projectRoot) === null ? null : `${base}/speedscope/index.html#${hash}`,
  }
}

function functionRow({ editor }: PageContext, { shownMs }: CpuProfileView, sum: CpuFunctionSum, href: string): object {
  return {
    name: functionName(sum),
    href,
    owner: OWNERS[sum.owner],
    self: duration(sum.selfMs, 2),
    selfShare: percent(share(sum.selfMs, shownMs)),
    total: duration(sum.totalMs, 2),
    totalShare: percent(share(sum.totalMs, shownMs)),
    place: placeOf(sum, editor),
    // Node's own code and V8's is in no file that could be opened.
    source: sum.file,
  }
}

function placeOf({ file, line, column, name, owner }: CpuFunctionSum, editor: PageContext['editor']): Place | null {
  if (file === null || line === null || (owner !== 'app' && owner !== 'driver' && owner !== 'package')) return null
  const site = { file, line, column: column ?? 1, function: name === '' ? null : name, source: 'captured' as const }
  return place(site, owner === 'app' ? editor(site) : null)
}
