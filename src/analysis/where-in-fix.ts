import type { Fix } from '../model/finding.js'
import type { Recording } from '../model/recording.js'
import { type Lookup, lookupOf } from '../sql/lookup.js'
import { areWritable, orderByCode, quote, selectCode } from './knex-code.js'
import { batchedEffect, type Loop } from './loops.js'
import type { Repeats } from './repeats.js'

/**
 * How to send repeated look-ups as one `whereIn` for each statement; `null` where that would need more than one of the
 * statements tells. A LIMIT holds for each look-up and can't hold for all together, so it is only dropped where none
 * returned a second row, and the first row of each value is kept.
 *
 * The code begins with a comment for each name that it takes from the app: `values`, which the loop passes for a column,
 * one after the other, and `knex` or `trx`, which it sends its queries with. Code of a write loop may take `rows`, the
 * rows that the loop inserts.
 */
export function whereInFix(recording: Recording, loop: Loop): Fix | null {
  const taken = new Set<string>()
  const batches = loop.map(({ repeats }) => batchOf(repeats, loop.length === 1, taken))
  if (batches.some((batch) => batch === null)) return null
  const columns = batches.map((batch) => `\`whereIn('${batch?.column}', …)\``)
  return {
    summary: `Load them with one ${columns.join(' and one ')}: ${batchedEffect(recording, loop)}.`,
    code: batches.map((batch) => batch?.code).join('\n\n'),
  }
}

function batchOf(
  repeats: Repeats,
  isAlone: boolean,
  taken: Set<string>,
): { readonly column: string; readonly code: string } | null {
  const first = repeats[0]
  const lookup = first ? lookupOf(first.fingerprintText) : null
  if (first === undefined || lookup === null || !isWritable(lookup) || repeats.some(mayBeOtherKey)) return null
  const returnsOne = lookup.isLimited && repeats.every(({ rowCount }) => rowCount !== null && rowCount <= 1)
  if (lookup.isLimited && (!returnsOne || lookup.orderBy.length > 0)) return null
  const knex = first.transactionId === null ? 'knex' : 'trx'
  return { column: lookup.column, code: codeOf(lookup, namesFor(lookup, isAlone, taken), { knex, returnsOne }) }
}

const NUMBER_OR_DAY = /^(?:\d+$|\d{4}-\d\d-\d\d)/

/**
 * Whether the rows may have the value in another form, so that a map of them would not know it: the ids of a URL are
 * texts where those of the rows are numbers, and days are objects.
 */
function mayBeOtherKey({ bindings }: Repeats[number]): boolean {
  const [value] = bindings ?? []
  return typeof value === 'string' && NUMBER_OR_DAY.test(value)
}

function isWritable({ table, column, columns, orderBy }: Lookup): boolean {
  const names = [...table.split('.'), column, ...(columns === '*' ? [] : columns), ...orderBy.map((by) => by.column)]
  return areWritable(names)
}

interface Sending {
  /** What the queries are sent with. */
  readonly knex: string
  /** Each look-up returned one row at most. */
  readonly returnsOne: boolean
}

function codeOf({ table, column, columns, orderBy }: Lookup, names: Names, { knex, returnsOne }: Sending): string {
  const selected = columns === '*' || columns.includes(column) ? columns : [...columns, column]
  const where = `.whereIn(${quote(column)}, ${names.values})`
  const query = `${knex}(${quote(table)})${selectCode(selected)}${where}${orderByCode(orderBy)}`
  const { values, map } = names
  return [
    `// ${values}: what the loop passes for ${column}, one after the other. ${knex}: what it sends the queries with.`,
    ...(returnsOne ? firstOfEach(query, column, names) : allOfEach(query, column, names)),
    `// In the loop, instead of the query: ${map}.get(value)`,
  ].join('\n')
}

function firstOfEach(query: string, column: string, { rows, map }: Names): readonly string[] {
  // Of a key there is one row; of another column there may be several, of which the LIMIT took the first.
  if (column === 'id') {
    return [`const ${rows} = await ${query}`, `const ${map} = new Map(${rows}.map((row) => [row.${column}, row]))`]
  }
  return [
    `const ${map} = new Map()`,
    `for (const row of await ${query}) {`,
    `  if (!${map}.has(row.${column})) ${map}.set(row.${column}, row)`,
    '}',
    `const ${rows} = [...${map}.values()]`,
  ]
}

function allOfEach(query: string, column: string, { values, rows, map }: Names): readonly string[] {
  return [
    `const ${rows} = await ${query}`,
    `const ${map} = new Map(${values}.map((value) => [value, []]))`,
    `for (const row of ${rows}) ${map}.get(row.${column})?.push(row)`,
  ]
}

interface Names {
  readonly values: string
  readonly rows: string
  readonly map: string
}

/** Short where there is one statement; where a loop has several, their variables must not meet. */
function namesFor({ table, column }: Lookup, isAlone: boolean, taken: Set<string>): Names {
  const map = `by${pascalCase(column)}`
  if (isAlone) return { values: 'values', rows: 'rows', map }
  const name = pascalCase(table.split('.').at(-1) ?? '')
  let of = name
  for (let number = 2; taken.has(of); number++) of = `${name}${number}`
  taken.add(of)
  return { values: `valuesOf${of}`, rows: `rowsOf${of}`, map: `${map}Of${of}` }
}

function pascalCase(column: string): string {
  return column.replace(/(?:^|_+)(.)/g, (_, letter: string) => letter.toUpperCase())
}
