import type { SentQuery } from '../query-time-sites.js'
import type { FixCode } from './fix-code.js'
import { beginsWith, haveSameRows, type Row } from './rows.js'
import { comparedValue } from './sent-values.js'
import { NotRun, type Suggestion, statementQueries } from './suggestion.js'

/** A query sent again, with what it answered. */
export interface Answer {
  readonly query: SentQuery
  readonly rows: readonly Row[]
}

export interface Compared {
  readonly suggestion: Suggestion
  readonly answers: readonly Answer[]
}

type Declared = Readonly<Record<string, unknown>>
type Comparison = (declared: Declared, compared: Compared) => Promise<string | null> | string | null

/** By what the code is called that has the rows in the end. */
export function comparisonFor({ declares }: FixCode): Comparison {
  if (declares.some(isMap)) return compareMaps
  if (declares.includes('page')) return comparePage
  if (declares.includes('count')) return compareCount
  const load = declares.find((name) => /^load[A-Z]/.test(name))
  if (load !== undefined) return (declared, compared) => compareLoad(declared[load] as Load, compared)
  throw new NotRun('there is no comparison for what it declares')
}

function isMap(name: string): boolean {
  return /^by[A-Z]/.test(name)
}

/** One map for each statement, with the rows of each value, and all rows in what it was made of. */
function compareMaps(declared: Declared, { suggestion, answers }: Compared): string | null {
  const { code } = suggestion
  const statements = statementQueries(suggestion)
  const maps = code.declares.filter(isMap)
  const lists = code.declares.filter((name) => name.startsWith('rows'))
  for (const [at, column] of [...code.passed.values()].entries()) {
    const byValue = declared[maps[at] ?? ''] as ReadonlyMap<unknown, readonly Row[] | Row>
    const own = answers.filter(({ query }) => statements[at]?.includes(query))
    const together = new Map(own.map(({ query, rows }) => [comparedValue(query, column), rows]))
    for (const { query, rows } of own) {
      const value = comparedValue(query, column)
      if (!haveSameRows(rows, [byValue.get(value) ?? []].flat()))
        return `other rows of ${column} ${JSON.stringify(value)}`
    }
    const all = declared[lists[at] ?? ''] as readonly Row[]
    if (!haveSameRows([...together.values()].flat(), all)) return `other rows of all ${column} together`
  }
  return null
}

function comparePage({ page }: Declared, { answers: [first] }: Compared): string | null {
  const rows = first?.rows ?? []
  const found = page as readonly Row[]
  if (found.length === 0 && rows.length > 0) return 'an empty page'
  return beginsWith(rows, found) ? null : 'other rows than the first ones'
}

/** The number of the rows instead of the rows. */
function compareCount({ count }: Declared, { answers: [first] }: Compared): string | null {
  const rowCount = first?.rows.length
  return Number(count) === rowCount ? null : `${count} instead of ${rowCount}`
}

type Load = () => Promise<Row | readonly Row[]>

async function compareLoad(load: Load, { answers: [first] }: Compared): Promise<string | null> {
  return haveSameRows(first?.rows ?? [], [await load()].flat()) ? null : 'other rows'
}
