import type { Fix } from '../model/finding.js'
import type { RecordedQuery } from '../model/query.js'
import type { Recording } from '../model/recording.js'
import { type Lookup, lookupOf } from '../sql/lookup.js'

/**
 * How to send repeated look-ups as one `whereIn`; `null` where that would need more than the statement tells. A LIMIT
 * holds for each look-up and can't hold for all together, so it is only dropped where none returned a second row.
 */
export function whereInFix(recording: Recording, repeats: readonly RecordedQuery[]): Fix | null {
  const first = repeats[0]
  const lookup = first ? lookupOf(first.fingerprintText) : null
  if (first === undefined || lookup === null || !isWritable(lookup)) return null
  const returnsOne = lookup.isLimited && repeats.every(({ rowCount }) => rowCount !== null && rowCount <= 1)
  if (lookup.isLimited && (!returnsOne || lookup.orderBy.length > 0)) return null
  const leftCount = recording.queryCount - repeats.length + 1
  const queries = leftCount === 1 ? '1 query' : `${leftCount} queries`
  return {
    summary: `Load them with one \`whereIn('${lookup.column}', …)\`: ${queries} instead of ${recording.queryCount}.`,
    code: codeOf(lookup, first.transactionId === null ? 'knex' : 'trx', returnsOne),
  }
}

/** Names that stand in a string of knex's as they are. */
const WRITABLE = /^[a-z_$\u0080-\uffff][\w$\u0080-\uffff]*$/i

function isWritable({ table, column, columns, orderBy }: Lookup): boolean {
  const names = [...table.split('.'), column, ...(columns === '*' ? [] : columns), ...orderBy.map((by) => by.column)]
  return names.every((name) => WRITABLE.test(name))
}

function codeOf({ table, column, columns, orderBy }: Lookup, knex: string, returnsOne: boolean): string {
  const selected = columns === '*' || columns.includes(column) ? columns : [...columns, column]
  const select = selected === '*' ? '' : `.select(${selected.map(quote).join(', ')})`
  const order = orderBy.map((by) => `.orderBy(${quote(by.column)}${by.direction === 'desc' ? ", 'desc'" : ''})`)
  const query = `${knex}(${quote(table)})${select}.whereIn(${quote(column)}, values)${order.join('')}`
  const map = `by${pascalCase(column)}`
  const collect = returnsOne
    ? [`const ${map} = new Map(rows.map((row) => [row.${column}, row]))`]
    : [
        `const ${map} = new Map(values.map((value) => [value, []]))`,
        `for (const row of rows) ${map}.get(row.${column})?.push(row)`,
      ]
  return [
    `// values: what the loop passes for ${column}, one after the other. ${knex}: what it sends the queries with.`,
    `const rows = await ${query}`,
    ...collect,
    `// In the loop, instead of the query: ${map}.get(value)`,
  ].join('\n')
}

function quote(name: string): string {
  return `'${name}'`
}

function pascalCase(column: string): string {
  return column.replace(/(?:^|_+)(.)/g, (_, letter: string) => letter.toUpperCase())
}
