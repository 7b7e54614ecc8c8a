import * as v from 'valibot'
import { freeText, oneOf, wholeNumber } from '../../dashboard/page-query.js'
import { viewEntries } from '../../dashboard/view.js'
import type { StatementSummary } from '../../model/statement.js'
import { type Command, EXIT } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { type Column, milliseconds, table, terminalWidth } from '../text.js'
import { readViewArguments } from '../view-flags.js'

const USAGE = `Usage: express-silk statements [--q <text>] [--sort total|calls|p95|max] [--limit 1..200]
                               [--window 15m|1h|24h|7d|all] [--session <label>] [--json] [--store <file>]

Lists every distinct statement, by what it costs. An id is what \`express-silk explain\` takes.

  --window           default: all
  --limit            default: 50
  --json             as the page's JSON
  ${STORE_HELP}

Exit code: 0 listed, 1 the store cannot be read, 2 the command was not understood.`

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
    const { read, window, store, json } = readViewArguments(args, ['q', 'sort', 'limit'], schema)
    const { sort, q, limit } = read
    return withStore(store, output, async ({ reader }) => {
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
