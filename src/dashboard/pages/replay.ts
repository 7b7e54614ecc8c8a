import { REPLAY_TARGETS, type Replay, type ReplayTarget, regressionTestOf, replayOf } from '../../codegen/index.js'
import type { Occurrence } from '../../model/finding.js'
import type { RequestView } from '../../model/request-view.js'
import { valueParts } from '../display.js'
import { escapeHtml } from '../escape.js'
import { link, requestLink } from '../links.js'
import type { Page, PageContext } from '../page.js'
import { PageProblem } from '../problem.js'
import { notKept } from './not-kept.js'

const LABELS: Readonly<Record<ReplayTarget, string>> = {
  curl: 'curl',
  fetch: 'fetch',
  httpie: 'HTTPie',
  http: '.http file',
  test: 'Test for vitest and supertest',
}

/** Longer code is left to the page of its own, and to the JSON. */
const LONGEST_ON_PAGE = 20_000

interface CodeView {
  readonly id: string
  readonly label: string
  /** Escaped HTML; `null`: too long to be shown here. */
  readonly html: string | null
}

/** A request as code that sends it again, with its JSON twin: `/requests/:id/replay`. */
export async function replayPage(context: PageContext): Promise<Page> {
  const id = context.params.id ?? ''
  const stored = await context.reader.requestView(id, null)
  if (stored === null) throw notKept(context, id)
  const replay = replayIn(context, stored)
  if (replay === null) {
    throw new PageProblem(404, 'Nothing to send', `The recording "${id}" is no request that could be sent again.`)
  }
  const { request } = stored.recording
  return {
    title: `Replay ${request?.method} ${request?.path}`,
    section: 'requests',
    view: 'replay',
    json: () => ({ id, ...replay }),
    model: async () => ({
      backHref: requestLink(context.base, id),
      method: request?.method ?? '',
      path: valueParts(request?.url ?? ''),
      jsonHref: link(context.base, `/requests/${id}/replay.json`),
      replay: await replayModel(context, id, replay, Number.POSITIVE_INFINITY),
    }),
  }
}

/** The section "Replay" of a request's page; `null`: it is no request that could be sent again. */
export async function replaySection(context: PageContext, stored: RequestView): Promise<object | null> {
  const replay = replayIn(context, stored)
  return replay && replayModel(context, stored.recording.id, replay, LONGEST_ON_PAGE)
}

/** The test that a finding's page offers; `null`: its request is gone, or none. */
export async function regressionTestFor(
  context: PageContext,
  recordingId: string | null,
  occurrence: Occurrence,
): Promise<{ readonly code: string; readonly view: CodeView } | null> {
  const stored = recordingId === null ? null : await context.reader.requestView(recordingId, null)
  const source = stored && sourceOf(stored)
  const code = source && regressionTestOf(source, occurrence, context.appUrl)
  return code ? { code, view: await codeView(context, 'regression-test', LABELS.test, code, LONGEST_ON_PAGE) } : null
}

function replayIn(context: PageContext, stored: RequestView): Replay | null {
  const source = sourceOf(stored)
  return source && replayOf(source, context.appUrl)
}

function sourceOf({ recording: { request, response, queryCount } }: RequestView) {
  return request && { request, response, queryCount }
}

async function replayModel(
  context: PageContext,
  id: string,
  { placeholders, notes, code }: Replay,
  longest: number,
): Promise<object> {
  return {
    pageHref: `${requestLink(context.base, id)}/replay`,
    placeholders,
    notes,
    codes: await Promise.all(
      REPLAY_TARGETS.map((target) => codeView(context, `replay-${target}`, LABELS[target], code[target], longest)),
    ),
  }
}

async function codeView(
  { highlight }: PageContext,
  id: string,
  label: string,
  code: string,
  longest: number,
): Promise<CodeView> {
  if (code.length > longest) return { id, label, html: null }
  const isScript = id !== 'replay-curl' && id !== 'replay-httpie' && id !== 'replay-http'
  return { id, label, html: isScript ? await highlight(code, 'typescript') : escapeHtml(code) }
}
