import type { SqlDialect } from '../model/explain.js'

export interface IndexPlace {
  readonly schema: string | null
  readonly table: string
  readonly columns: readonly string[]
}

export function quoteName(name: string, dialect: SqlDialect): string {
  const quote = dialect === 'mysql' ? '`' : '"'
  return quote + name.replaceAll(quote, quote + quote) + quote
}

/** PostgreSQL cuts longer names, MySQL refuses them. */
const MAX_NAME_LENGTH = 63

/** The name that knex gives by itself. */
function knexName({ table, columns }: IndexPlace): string {
  return `${table.replace(/\.|-/g, '_')}_${columns.join('_')}_index`.toLowerCase()
}

function indexName(place: IndexPlace): string {
  const name = knexName(place)
  return name.length <= MAX_NAME_LENGTH ? name : `${name.slice(0, MAX_NAME_LENGTH - 6)}_index`
}

/** @example createIndex({ schema: null, table: 'books', columns: ['author_id'] }, 'sqlite') */
export function createIndex(place: IndexPlace, dialect: SqlDialect): string {
  const quote = (name: string): string => quoteName(name, dialect)
  const table = [...(place.schema === null ? [] : [place.schema]), place.table].map(quote).join('.')
  return `create index ${quote(indexName(place))} on ${table} (${place.columns.map(quote).join(', ')})`
}

/** A knex migration as an ES module, that names the indexes as `createIndex` does. */
export function indexMigration(places: readonly IndexPlace[]): string {
  const step = (direction: 'up' | 'down', call: string): readonly string[] => [
    `export async function ${direction}(knex) {`,
    ...places.flatMap((place) => alterTable(place, call)),
    '}',
  ]
  return [...step('up', 'index'), '', ...step('down', 'dropIndex')].join('\n')
}

function alterTable(place: IndexPlace, call: string): readonly string[] {
  const name = indexName(place)
  const columns = `[${place.columns.map(literal).join(', ')}]`
  const given = name === knexName(place) ? columns : `${columns}, ${literal(name)}`
  const schema = place.schema === null ? '' : `.withSchema(${literal(place.schema)})`
  return [
    `  await knex.schema${schema}.alterTable(${literal(place.table)}, (table) => {`,
    `    table.${call}(${given})`,
    '  })',
  ]
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`
}
