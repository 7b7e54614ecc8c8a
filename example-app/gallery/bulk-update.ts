import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const bulkUpdate: Pair = {
  name: 'bulk-update',
  title: 'Bulk update',
  lesson: 'A discount on the 20 products of a collection, by an update for each; then by one for all.',
  finding: 'write-loop',
  method: 'post',
  slow,
  fast,
}

/** 1 + 20 queries. */
async function slow(db: Knex): Promise<unknown> {
  const ids: number[] = await db('products').where('collection_id', 3).pluck('id')
  let changed = 0
  for (const id of ids) {
    changed += await db('prices').where('product_id', id).update({ discount_percent: 10 }) // silk: write-loop
  }
  return { changed }
}

/** 2 queries. */
async function fast(db: Knex): Promise<unknown> {
  const ids: number[] = await db('products').where('collection_id', 3).pluck('id')
  const changed = await db('prices').whereIn('product_id', ids).update({ discount_percent: 10 })
  return { changed }
}
