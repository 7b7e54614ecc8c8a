import type { Fix } from '../model/finding.js'
import type { Recording } from '../model/recording.js'
import { REDACTED } from '../model/redacted.js'
import { type Condition, filteredLookupOf, type Lookup } from '../sql/lookup.js'
import { areWritable, camelCase, orderByCode, pascalCase, quote, selectCode } from './knex-code.js'
import { batchedEffect, type Loop } from './loops.js'
import type { Repeats } from './repeats.js'

/**
 * How to send repeated look-ups as one `whereIn` for each statement; `null` where that would need more than one of the
 * statements tells. A LIMIT holds for each look-up and can't hold for all together, so it is only dropped where none
 * returned a second row, and the first row of each value is kept.
 *
 * The code begins with a comment for each name that it takes from the app: `values`, which the loop passes for a column,
 * one after the other, what it passes each time alike for another, and `knex` or `trx`, which it sends its queries with. Code of a write loop may take `rows`, the
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
  const search = first ? searchOf(first.fingerprintText, repeats) : null
  if (first === undefined || search === null || !isWritable(search)) return null
  if (repeats.some(({ bindings }) => mayBeOtherKey(bindings?.[search.position]))) return null
  const returnsOne = search.isLimited && repeats.every(({ rowCount }) => rowCount !== null && rowCount <= 1)
  if (search.isLimited && (!returnsOne || search.orderBy.length > 0)) return null
  const sending = { knex: first.transactionId === null ? 'knex' : 'trx', returnsOne }
  const code = isAlone
    ? codeOfOne(first.fingerprintText, search, sending)
    : codeOf(search, namesFor(search, taken), sending)
  return { column: search.column, code }
}

const MOST_CODES = 500
const codes = new Map<string, string>()

/** Code of a loop with one statement, put together once: each request of a slow route has the same. */
function codeOfOne(text: string, search: Search, sending: Sending): string {
  const key = `${sending.knex} ${sending.returnsOne} ${search.position} ${text}`
  const known = codes.get(key)
  if (known !== undefined) return known
  const map = `by${pascalCase(search.column)}`
  const code = codeOf(search, { values: 'values', rows: 'rows', map, constant: camelCase }, sending)
  if (codes.size >= MOST_CODES) codes.clear()
  codes.set(key, code)
  return code
}

/** A look-up, by the column whose value changes from turn to turn, while what else it asks for stays the same. */
interface Search extends Lookup {
  /** Of its binding. */
  readonly position: number
  readonly others: readonly Condition[]
}

function searchOf(text: string, repeats: Repeats): Search | null {
  const found = filteredLookupOf(text)
  if (found === null) return null
  const equal = found.conditions.filter(({ test }) => test === 'equal')
  const position = equal.length === 1 ? 0 : changingPosition(repeats, equal.length + (found.isLimited ? 1 : 0))
  const changing = equal[position]
  if (changing === undefined) return null
  const others = found.conditions.filter((condition) => condition !== changing)
  return { ...found, column: changing.column, position, others }
}

/** The one position whose values differ; -1: there is none, several, or not all values are known. */
function changingPosition(repeats: Repeats, bindingCount: number): number {
  const [first] = repeats
  const known = first?.bindings ?? null
  if (known === null) return -1
  const changing = new Set<number>()
  for (const { bindings } of repeats) {
    if (bindings?.length !== bindingCount) return -1
    for (let position = 0; position < bindingCount; position++) {
      if (bindings[position] === REDACTED) return -1
      if (bindings[position] !== known[position]) changing.add(position)
    }
  }
  return changing.size === 1 ? ([...changing][0] ?? -1) : -1
}

const NUMBER_OR_DAY = /^(?:\d+$|\d{4}-\d\d-\d\d)/

/**
 * Whether the rows may have the value in another form, so that a map of them would not know it: the ids of a URL are
 * texts where those of the rows are numbers, and days are objects.
 */
function mayBeOtherKey(value: unknown): boolean {
  return typeof value === 'string' && NUMBER_OR_DAY.test(value)
}

function isWritable({ table, column, columns, orderBy, others }: Search): boolean {
  const selected = columns === '*' ? [] : columns
  const conditions = others.map((other) => other.column)
  return areWritable([...table.split('.'), column, ...selected, ...orderBy.map((by) => by.column), ...conditions])
}

interface Sending {
  /** What the queries are sent with. */
  readonly knex: string
  /** Each look-up returned one row at most. */
  readonly returnsOne: boolean
}

function codeOf(search: Search, names: Names, { knex, returnsOne }: Sending): string {
  const { table, column, columns, orderBy, others } = search
  const { values, map } = names
  const selected = columns === '*' || columns.includes(column) ? columns : [...columns, column]
  const where = `${others.map((other) => conditionCode(other, names)).join('')}.whereIn(${quote(column)}, ${values})`
  const query = `${knex}(${quote(table)})${selectCode(selected)}${where}${orderByCode(orderBy)}`
  const constants = others.filter(({ test }) => test === 'equal')
  return [
    `// ${values}: what the loop passes for ${column}, one after the other. ${knex}: what it sends the queries with.`,
    ...constants.map(
      (other) => `// ${names.constant(other.column)}: the value of ${other.column}, the same in each turn.`,
    ),
    ...(returnsOne ? firstOfEach(query, column, names) : allOfEach(query, column, names)),
    `// In the loop, instead of the query: ${map}.get(value)`,
  ].join('\n')
}

function conditionCode({ column, test }: Condition, { constant }: Names): string {
  if (test === 'equal') return `.where(${quote(column)}, ${constant(column)})`
  return `.${test === 'null' ? 'whereNull' : 'whereNotNull'}(${quote(column)})`
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
  /** What the app has for a column that stays the same. */
  readonly constant: (column: string) => string
}

/** Where a loop has several statements, their variables must not meet. */
function namesFor({ table, column }: Lookup, taken: Set<string>): Names {
  const map = `by${pascalCase(column)}`
  const name = pascalCase(table.split('.').at(-1) ?? '')
  let of = name
  for (let number = 2; taken.has(of); number++) of = `${name}${number}`
  taken.add(of)
  return {
    values: `valuesOf${of}`,
    rows: `rowsOf${of}`,
    map: `${map}Of${of}`,
    constant: (column) => `${camelCase(column)}Of${of}`,
  }
}
