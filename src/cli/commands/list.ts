import { summaryJson } from '../../dashboard/json/recording-json.js'
import type { RecordingSummary } from '../../model/request-list.js'
import { type Command, EXIT, noWords, readArguments } from '../command.js'
import { neighboursOf, REQUEST_FLAGS, REQUEST_FLAGS_HELP, requestFilterOf } from '../request-flags.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, type Column, milliseconds, table, terminalWidth, timeText } from '../text.js'

const USAGE = `Usage: express-silk list [filters] [--json] [--store <file>]

Lists recorded requests, the newest first.

${REQUEST_FLAGS_HELP}

  --json             as the page's JSON; \`next\` and \`previous\` are places for --before and --after
  ${STORE_HELP}

Exit code: 0 listed, 1 the store cannot be read, 2 the command was not understood.`

const COLUMNS: readonly Column<RecordingSummary>[] = [
  { title: 'Id', value: ({ id }) => id },
  { title: 'Time', value: ({ startedAt }) => timeText(startedAt) },
  { title: 'Status', value: ({ status, aborted }) => (aborted ? 'aborted' : String(status ?? '-')) },
  { title: 'ms', value: ({ durationMs }) => milliseconds(durationMs), isNumber: true },
  { title: 'SQL ms', value: ({ sqlWallMs }) => milliseconds(sqlWallMs), isNumber: true },
  { title: 'Queries', value: ({ queryCount }) => String(queryCount), isNumber: true },
  { title: 'Findings', value: ({ findings }) => findings.map(({ kind }) => kind).join(' ') || '-' },
  {
    title: 'Marks',
    value: ({ pinned, tags }) => [...(pinned ? ['pinned'] : []), ...tags.map((tag) => `#${tag}`)].join(' ') || '-',
  },
  { title: 'User', value: ({ user }) => user?.name ?? user?.id ?? '-' },
  { title: 'Request', value: ({ method, url, name, kind }) => (method === null ? (name ?? kind) : `${method} ${url}`) },
]

/** Those of marks only where a recording has one. */
function columnsFor(items: readonly RecordingSummary[]): readonly Column<RecordingSummary>[] {
  const isUsed: Readonly<Record<string, boolean>> = {
    Marks: items.some(({ pinned, tags }) => pinned || tags.length > 0),
    User: items.some(({ user }) => user !== null),
  }
  return COLUMNS.filter(({ title }) => isUsed[title] ?? true)
}

export const listCommand: Command = {
  name: 'list',
  summary: 'recorded requests, filtered and sorted',
  usage: USAGE,
  async run(args, output) {
    const flags = { ...REQUEST_FLAGS, json: { type: 'boolean' }, store: { type: 'string' } } as const
    const { values, positionals } = readArguments(args, flags)
    noWords(positionals)
    const filter = requestFilterOf(values)
    return withStore(values.store, output, async ({ reader }) => {
      const page = await reader.requests(filter)
      const { items, total } = page
      const { flag, next, previous } = neighboursOf(filter, page)
      if (values.json) {
        const list = { items: items.map(summaryJson), next, previous, total }
        output.print(JSON.stringify(list, null, 2))
        return EXIT.done
      }
      if (items.length === 0) output.print('No request matches.')
      else output.print(table(columnsFor(items), items, terminalWidth()))
      if (next !== null) output.print(`\n${amount(items.length, 'request')}; further ones: --${flag} ${next}`)
      return EXIT.done
    })
  },
}
