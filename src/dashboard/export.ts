import { once } from 'node:events'
import type { Response } from 'express'
import type { PageContext } from './page.js'
import { readRequestQuery, requestFilter } from './pages/request-query.js'
import { PageProblem } from './problem.js'
import { selectedIds } from './selection.js'

type Fields = Readonly<Record<string, unknown>>

/**
 * Sends whole requests as a file: those that a form names, or else those of the list at the address, one after the
 * other, so that many large ones never lie in memory together.
 *
 * @throws PageProblem before anything is sent
 */
export async function sendExport(context: PageContext, fields: Fields, res: Response): Promise<void> {
  const search = new URLSearchParams(context.query)
  const format = fields.format ?? search.get('format') ?? 'json'
  if (format !== 'json' && format !== 'har') {
    throw new PageProblem(
      400,
      'Bad address',
      `The parameter "format" has the value "${String(format)}"; allowed: json, har.`,
    )
  }
  search.delete('format')
  const ids = fields.id === undefined ? await listedIds(context, search) : selectedIds(fields.id)
  const { head, tail } =
    format === 'har'
      ? harFrame(context.version)
      : { head: '{"items":[', tail: '],"next":null,"previous":null,"total":' }
  res.setHeader('content-type', 'application/json; charset=utf-8')
  res.setHeader('content-disposition', `attachment; filename="silk-requests.${format}"`)
  res.write(head)
  let sent = 0
  for (const id of ids) {
    const told = await textOf(context, id, format)
    if (res.destroyed) return
    if (told === null) continue
    res.write(sent === 0 ? '\n' : ',\n')
    const isRoom = res.write(told)
    sent += 1
    if (!isRoom) await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  res.end(`\n${tail}${format === 'har' ? '' : `${sent}}`}\n`)
}

async function listedIds({ reader, now }: PageContext, search: URLSearchParams): Promise<readonly string[]> {
  const { items } = await reader.requests(requestFilter(readRequestQuery(search), now))
  return items.map(({ id }) => id)
}

/** `null`: it was deleted meanwhile, or has no place in the format. */
async function textOf({ reader, appUrl }: PageContext, id: string, format: 'json' | 'har'): Promise<Uint8Array | null> {
  if (format === 'json') return reader.requestJson(id)
  return reader.requestHar(id, appUrl || 'http://localhost')
}

/** What stands before and after the entries of an archive, which may be too many to hold at once. */
export function harFrame(version: string): { readonly head: string; readonly tail: string } {
  const creator = JSON.stringify({ name: 'express-silk', version })
  return { head: `{"log":{"version":"1.2","creator":${creator},"entries":[`, tail: ']}}' }
}
