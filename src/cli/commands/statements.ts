import * as v from 'valibot'
import { freeText, oneOf, parseQuery, wholeNumber } from '../../dashboard/page-query.js'
import { viewEntries, viewOf } from '../../dashboard/view.js'
import type { StatementSummary } from '../../model/statement.js'
import { type Command, EXIT, noWords, readArguments } from '../command.js'
import { asUsage } from '../request-flags.js'
import { STORE_HELP, withStore } from '../store.js'
import { type Column, milliseconds, table, terminalWidth } from '../text.js'

const USAGE = `Usage: express-silk statements [--q <text>] [--sort total|calls|p95|max] [--limit 1..200]
                               [--window 15m|1h|24h|7d|all] [--session <label>] [--json] [--store <file>]

Lists every distinct statement, by what it costs. An id is what \`express-silk explain\` takes.

  --window           default: all
  --limit            default: 50
  --json             as the page's JSON
  ${STORE_HELP}

Exit code: 0 listed, 1 the store cannot be read, 2 the command was not understood.`

const TEXT = { type: 'string' } as const
const FLAGS = {
  ...{ q: TEXT, sort: TEXT, limit: TEXT, window: TEXT, session: TEXT, store: TEXT },
  json: { type: 'boolean' },
} as const

const schema = v.object({
  ...viewEntries,
  sort: v.optional(oneOf(['total', 'calls', 'p95', 'max']), 'total'),
  q: v.optional(freeText(200)),
  limit: v.optional(wholeNumber(1, 200), '50'),
})

const COLUMNS: readonly Column<StatementSummary>[] = [
  { title: 'Id', value: ({ id }) => id },
  { title: 'Calls', value: ({ calls }) => String(calls), isNumber: true },
  { title: 'Total ms', value: ({ totalMs }) => milliseconds(totalMs), isNumber: true },
  { title: 'p95 ms', value: ({ p95Ms }) => milliseconds(p95Ms), isNumber: true },
  { title: 'Max ms', value: ({ maxMs }) => milliseconds(maxMs), isNumber: true },
  { title: 'Statement', value: ({ text }) => text },
]

export const statementsCommand: Command = {
  name: 'statements',
  summary: 'distinct statements, by what they cost',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    noWords(positionals)
    const { store, json, ...given } = values
    const search = new URLSearchParams({ window: 'all', ...(given as Record<string, string>) })
    const { sort, q, limit, ...view } = asUsage(() => parseQuery(schema, search))
    return withStore(store, output, async ({ reader }) => {
      const { window } = viewOf(view, Date.now())
      const { items, total } = await reader.statements({
        window,
        sort,
        limit,
        ...(q === undefined ? {} : { search: q }),
      })
      if (json) output.print(JSON.stringify({ items, next: null, previous: null, total }, null, 2))
      else output.print(items.length === 0 ? 'No statement matches.' : table(COLUMNS, items, terminalWidth()))
      return EXIT.done
    })
  },
}
