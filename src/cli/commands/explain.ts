import { useClient } from '../../capture/sources/knex-session.js'
import { createExplainer } from '../../explain/explainer.js'
import { newestExecution, recordedStatement } from '../../explain/recorded-statement.js'
import type { StatementDetail } from '../../model/statement.js'
import type { RecordingReader } from '../../model/store.js'
import { openScratch } from '../../store/scratch.js'
import { type Command, EXIT, type Output, oneWord, readArguments, UsageError } from '../command.js'
import { connect, shownConnection } from '../connect.js'
import { explanationText } from '../explanation-text.js'
import { storeFile, withStore } from '../store.js'

const USAGE = `Usage: express-silk explain <statement id> --connection <url or file> [--store <file>] [--rows <number>] [--analyze] [--json]

Tells the plan of a recorded statement and the index that it lacks.

  <statement id>  as its page shows it, or at least 6 characters of its beginning
  --connection    a URL (postgres://user@host/database, mysql://user@host/database), or an SQLite file
  --store         silk's own file; default: $SILK_STORE, else .silk/silk.db
  --rows          tables of no more rows need no index, unless the plan reads them whole; default: 1000
  --json          plan, advice and notes, as JSON
  --analyze       runs the query for real, to count its rows (PostgreSQL, MySQL, MariaDB)

The driver (pg, mysql2 or better-sqlite3) is taken from the project in the working directory.
Exit code: 0 told, 1 it could not be told, 2 the command was not understood.`

const ID = 'the id of a statement as its page shows it, 6 characters of it or more'

const FLAGS = {
  connection: { type: 'string' },
  store: { type: 'string' },
  rows: { type: 'string' },
  analyze: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export const explainCommand: Command = {
  name: 'explain',
  summary: 'plan and missing index of a recorded statement',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    const id = oneWord(positionals, '<statement id>', /^[0-9a-f]{6,13}$/, ID)
    const minRows = rowsOf(values.rows)
    if (!values.connection) throw new UsageError('--connection is missing; allowed: a URL, or an SQLite file.')
    const file = storeFile(values.store)
    const db = connect(values.connection)
    try {
      const explainer = createExplainer({
        connections: { use: (_name, work) => useClient(db.client, work) },
        openScratch,
        minRows,
      })
      const statement = await readStatement(file, id, output)
      const asked = { ...statement, connection: shownConnection(values.connection) }
      const explanation = await explainer.explain(asked, { measure: values.analyze ?? false })
      if (values.json) output.print(JSON.stringify({ statement: asked.statement, ...explanation }, null, 2))
      else output.print(explanationText(asked.statement, explanation))
      return explanation.dialect === null ? EXIT.failed : EXIT.done
    } finally {
      await db.destroy()
    }
  },
}

function rowsOf(given: string | undefined): number {
  if (given === undefined) return 1_000
  if (!/^\d{1,12}$/.test(given)) throw new UsageError(`--rows is "${given}"; allowed: a whole number, 0 or more.`)
  return Number(given)
}

function readStatement(file: string, id: string, output: Output): Promise<ReturnType<typeof recordedStatement>> {
  return withStore(file, output, async ({ reader }) => {
    const detail = await findStatement(reader, id)
    return recordedStatement(detail, await newestExecution(reader, detail))
  })
}

const MOST_STATEMENTS = 10_000

async function findStatement(reader: RecordingReader, id: string): Promise<StatementDetail> {
  const window = { since: null, until: null }
  const { items } = await reader.statements({ window, sort: 'total', limit: MOST_STATEMENTS })
  const matching = items.filter((statement) => statement.id.startsWith(id))
  const [first] = matching
  if (first === undefined) throw new Error(`No statement in the store has an id that begins with "${id}".`)
  if (matching.length > 1) {
    throw new UsageError(`<statement id> is "${id}", with which ${matching.length} statements begin; give more of it.`)
  }
  const detail = await reader.statement(first.id)
  if (detail === null) throw new Error(`The statement "${first.id}" is gone from the store.`)
  return detail
}
