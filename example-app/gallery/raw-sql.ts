import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const rawSql: Pair = {
  name: 'raw-sql',
  title: 'Raw SQL',
  lesson: 'The newest three products of each collection, by a query for each of 50; then by a window function.',
  finding: 'n-plus-one',
  method: 'get',
  slow,
  fast,
}

/** 1 + 50 queries. A whereIn can't replace them: its limit would hold for all together. */
async function slow(db: Knex): Promise<unknown> {
  const newest: unknown[] = []
  for (const { id } of await db('collections').orderBy('id')) {
    const three = await db('products').where('collection_id', id).orderBy('id', 'desc').limit(3) // silk: n-plus-one
    newest.push(...three)
  }
  return newest
}

/** 1 query. */
async function fast(db: Knex): Promise<unknown> {
  const result = await db.raw(`
    select id, name, collection_id
    from (
      select products.*, row_number() over (partition by collection_id order by id desc) as place
      from products
    ) as placed
    where place <= 3
    order by collection_id, place`)
  return result.rows ?? result // pg gives the rows with much beside them, better-sqlite3 the rows alone
}
