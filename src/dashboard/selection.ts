import { plural } from './display.js'
import type { FormHandler } from './forms.js'
import { link } from './links.js'
import type { Page, PageContext } from './page.js'
import { requestRow } from './pages/request-row.js'
import { notFound, PageProblem } from './problem.js'
import { badgeMaker } from './severity.js'

type Fields = Readonly<Record<string, unknown>>

/** As many as a page of the list can have. */
const MOST_SELECTED = 200
const SHOWN_BY_NAME = 10
const ID = /^[\w-]{1,64}$/

/**
 * The recordings that a form or an address names, each once.
 *
 * @throws PageProblem 400 for none, for too many, and for what is no id
 */
export function selectedIds(given: unknown): readonly string[] {
  const ids = [...new Set([given ?? []].flat().filter((id) => id !== ''))]
  const wrong = ids.find((id) => typeof id !== 'string' || !ID.test(id))
  if (wrong !== undefined) {
    throw new PageProblem(
      400,
      'Bad form',
      `The field "id" has the value "${String(wrong)}"; allowed: an id of a request.`,
    )
  }
  if (ids.length === 0 || ids.length > MOST_SELECTED) {
    const selected = ids.length === 0 ? 'No request is' : `${ids.length} requests are`
    throw new PageProblem(400, 'Which requests?', `${selected} selected; allowed: 1 to ${MOST_SELECTED}.`, [
      'Go back and tick the boxes at the left of the list.',
    ])
  }
  return ids.map(String)
}

/** Goes on to the comparison of two, the older one first. */
export const compareSelected: FormHandler = async ({ base }, fields) => {
  const ids = selectedIds(fields.id)
  const [a, b] = ids.toSorted()
  if (ids.length !== 2) {
    throw new PageProblem(400, 'Which two requests?', `${ids.length} requests are selected; to compare takes two.`, [
      'Go back and tick two boxes at the left of the list.',
    ])
  }
  const location = link(base, '/compare', { a, b })
  return { location, json: { a, b, location } }
}

/** Asks before requests are deleted: those of a form, or of an address. */
export async function deletePage(context: PageContext, fields: Fields): Promise<Page> {
  const { base, reader, now } = context
  const ids = selectedIds(fields.id ?? context.query.getAll('id'))
  const found = await Promise.all(ids.slice(0, SHOWN_BY_NAME).map((id) => reader.requestView(id, null)))
  const csrf = context.csrfToken()
  const what = plural(ids.length, 'request', 'requests')
  const rows = found.flatMap((one) => {
    if (one === null) return []
    const { request, response } = one.recording
    const { method = null, url = null, path = null, route = null } = request ?? {}
    const errorClass = one.recording.error?.class ?? null
    const { status = null, aborted = false, contentLength = null } = response ?? {}
    const summary = {
      ...one.recording,
      method,
      url,
      path,
      route,
      status,
      aborted,
      contentLength,
      findings: one.badges,
      errorClass,
    }
    return [requestRow(base, now, badgeMaker([]), summary)]
  })
  if (rows.length === 0) throw notFound('None of the selected requests is stored any more.')
  return {
    title: 'Delete requests',
    section: 'requests',
    view: 'delete',
    // Of a form, the ids are not in the address.
    twin: `/requests/delete.json?${new URLSearchParams(ids.map((id) => ['id', id]))}`,
    json: () => ({ ids, csrf }),
    model: () => ({
      question: `Delete ${what}?`,
      what:
        ids.length === 1
          ? 'The request, its queries and its findings here'
          : 'The requests, their queries and their findings here',
      rows,
      moreText: ids.length > SHOWN_BY_NAME ? `and ${ids.length - SHOWN_BY_NAME} more` : null,
      button: `Delete ${what}`,
      isOne: ids.length === 1,
      action: link(base, '/requests/delete'),
      backHref: link(base, '/requests'),
      ids,
      csrf,
    }),
  }
}

/** Deletes the selected requests, once it was asked. */
export const deleteSelected: FormHandler = async ({ base }, fields, { writer, onError }) => {
  const ids = selectedIds(fields.id)
  const deleted = await writer.remove(ids).catch((error: unknown) => {
    onError(error)
    throw new PageProblem(503, 'Nothing was deleted', error instanceof Error ? error.message : String(error), [
      'Your app is unaffected. Try again in a moment.',
    ])
  })
  return { location: link(base, '/requests', { deleted }), json: { deleted } }
}
