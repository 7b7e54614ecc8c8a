import type { CallSite } from '../../model/call-site.js'
import type { Fix } from '../../model/finding.js'
import type { RecordedBinding, RecordedQuery } from '../../model/query.js'
import { lookupOf } from '../../sql/lookup.js'
import { orderByCode, pascalCase, selectCode } from '../knex-code.js'

/** Names that stand in a string of knex's, and in a name of a variable, as they are. */
const WRITABLE = /^[a-z_]\w*$/i

interface Context {
  readonly tables: readonly string[]
  /** Where the tables are written, as far as it was seen. */
  readonly callSites: readonly CallSite[]
}

/** Keeps the answer for the process, and says what ends its validity. */
export function cacheFix(queries: readonly RecordedQuery[], { tables, callSites }: Context): Fix {
  const names = tables.map((table) => `\`${table}\``).join(' or ')
  const [site] = callSites
  const where =
    site === undefined
      ? `wherever ${names} is written`
      : `where ${names} is written, as at \`${site.file}:${site.line}\``
  const [only, ...others] = queries
  const code = only === undefined || others.length > 0 ? null : codeOf(only)
  return {
    summary: `Keep the answer for the process instead of asking in every request, and forget it ${where}; with several processes, or writers outside the app, let it expire too.`,
    code,
  }
}

const WHOLE_TABLE = /^select \* from (?:"(\w+)"|`(\w+)`|(\w+))$/i

/** Only for what is surely said by the statement: a whole table, or one condition on one column of it. */
function codeOf({ fingerprintText, statement, bindings, callSite }: RecordedQuery): string | null {
  const query = wholeTable(statement) ?? lookup(fingerprintText, bindings ?? [])
  if (query === null) return null
  const { table, code } = query
  const name = `cached${pascalCase(table)}`
  return [
    `// Beside ${callSite?.function ? `${callSite.function}()` : 'the route'}; ${name} holds for the life of the process.`,
    `let ${name}`,
    `async function load${pascalCase(table)}() {`,
    `  ${name} ??= await ${code}`,
    `  return ${name}`,
    '}',
    `// After each write to ${table}: ${name} = undefined`,
  ].join('\n')
}

interface KnexQuery {
  readonly table: string
  readonly code: string
}

function wholeTable(statement: string): KnexQuery | null {
  const table = WHOLE_TABLE.exec(statement)?.slice(1).find(Boolean)
  return table === undefined || !WRITABLE.test(table) ? null : { table, code: `knex('${table}')` }
}

function lookup(text: string, bindings: readonly RecordedBinding[]): KnexQuery | null {
  const found = lookupOf(text)
  const [value] = bindings
  if (found === null || found.isLimited || bindings.length !== 1 || value === undefined || value === null) return null
  const { table, column, columns, orderBy } = found
  const names = [table, column, ...(columns === '*' ? [] : columns), ...orderBy.map((by) => by.column)]
  if (!names.every((name) => WRITABLE.test(name))) return null
  return {
    table,
    code: `knex('${table}')${selectCode(columns)}.where('${column}', ${literal(value)})${orderByCode(orderBy)}`,
  }
}

function literal(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
