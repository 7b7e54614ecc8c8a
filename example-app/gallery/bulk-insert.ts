import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const bulkInsert: Pair = {
  name: 'bulk-insert',
  title: 'Bulk insert',
  lesson: 'The counts of 20 products, by an insert for each; then by one insert of 20 rows.',
  finding: 'write-loop',
  method: 'post',
  slow,
  fast,
}

/** What was counted in the store room. An app of yours would take it from the request's body. */
const counts = Array.from({ length: 20 }, (_, index) => ({ product_id: index + 1, pieces: (index * 7) % 30 }))

async function slow(db: Knex): Promise<unknown> {
  return db.transaction(async (trx) => {
    await trx('stock_counts').delete()
    for (const count of counts) await trx('stock_counts').insert(count) // silk: write-loop
    return { counted: counts.length }
  })
}

async function fast(db: Knex): Promise<unknown> {
  return db.transaction(async (trx) => {
    await trx('stock_counts').delete()
    await trx('stock_counts').insert(counts)
    return { counted: counts.length }
  })
}
