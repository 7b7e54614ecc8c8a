import * as v from 'valibot'
import { findingJson } from '../../dashboard/json/finding-json.js'
import { freeText, oneOf } from '../../dashboard/page-query.js'
import { viewEntries } from '../../dashboard/view.js'
import { FINDING_KINDS, FINDING_STATES } from '../../model/finding.js'
import type { FindingSummary } from '../../model/finding-summary.js'
import { type Command, EXIT } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { type Column, milliseconds, table, terminalWidth } from '../text.js'
import { readViewArguments } from '../view-flags.js'

const USAGE = `Usage: express-silk findings [--state open|ignored|fixed] [--kind <kind>] [--route <pattern>] [--method GET]
                             [--window 15m|1h|24h|7d|all] [--session <label>] [--json] [--store <file>]

Lists what is wrong, by what it costs.

  --state            default: open
  --window           default: all
  --json             as the page's JSON
  ${STORE_HELP}

Exit code: 0 listed, 1 the store cannot be read, 2 the command was not understood.`

const schema = v.object({
  ...viewEntries,
  state: v.optional(oneOf(FINDING_STATES), 'open'),
  kind: v.optional(oneOf(FINDING_KINDS)),
  method: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z-]{1,20}$/, 'a method such as GET'), v.toUpperCase())),
  route: v.optional(freeText(1000)),
})

const COLUMNS: readonly Column<FindingSummary>[] = [
  { title: 'Key', value: ({ key }) => key },
  { title: 'Kind', value: ({ kind }) => kind },
  { title: 'Lost ms', value: ({ savingMs, totalMs }) => milliseconds(savingMs || totalMs), isNumber: true },
  { title: 'Times', value: ({ recordingCount }) => String(recordingCount), isNumber: true },
  { title: 'Route', value: ({ method, route }) => (method === null ? 'background' : `${method} ${route ?? '(none)'}`) },
  {
    title: 'Place',
    value: ({ latest: { callSite } }) => (callSite === null ? '-' : `${callSite.file}:${callSite.line}`),
  },
  { title: 'Finding', value: ({ latest }) => latest.message },
]

export const findingsCommand: Command = {
  name: 'findings',
  summary: 'what is wrong, by what it costs',
  usage: USAGE,
  async run(args, output) {
    const { read, window, store, json } = readViewArguments(args, ['state', 'kind', 'method', 'route'], schema)
    const { state, kind, method, route } = read
    return withStore(store, output, async ({ reader }) => {
      const all = await reader.findings(window)
      const items = all.filter(
        (one) =>
          one.state === state &&
          (kind === undefined || one.kind === kind) &&
          (method === undefined || one.method === method) &&
          (route === undefined || one.route === route),
      )
      if (json) {
        const list = { items: items.map(findingJson), next: null, previous: null, total: items.length }
        output.print(JSON.stringify(list, null, 2))
      } else output.print(items.length === 0 ? `No ${state} finding.` : table(COLUMNS, items, terminalWidth()))
      return EXIT.done
    })
  },
}
