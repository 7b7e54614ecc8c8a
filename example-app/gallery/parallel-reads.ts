import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const parallelReads: Pair = {
  name: 'parallel-reads',
  title: 'Independent reads in parallel',
  lesson: 'Three slow reports that need nothing of each other, one after the other; then all at once.',
  finding: 'sequential-queries',
  method: 'get',
  needs: 'PostgreSQL', // SQLite runs one query at a time, inside the process
  slow,
  fast,
}

// 5,000 rows are counted in no time: the sleep of 60 ms stands for a report on many more.
const deliveriesReport = 'select count(*)::int as deliveries from deliveries cross join pg_sleep(0.06)'
const productsReport = 'select count(*)::int as products from products cross join pg_sleep(0.06)'
const pricesReport = 'select max(cents) as highest_price from prices cross join pg_sleep(0.06)'

/** 180 ms. */
async function slow(db: Knex): Promise<unknown> {
  const deliveries = await db.raw(deliveriesReport) // silk: sequential-queries
  const products = await db.raw(productsReport)
  const prices = await db.raw(pricesReport)
  return { ...deliveries.rows[0], ...products.rows[0], ...prices.rows[0] }
}

/** 60 ms, on three connections. */
async function fast(db: Knex): Promise<unknown> {
  const [deliveries, products, prices] = await Promise.all([
    db.raw(deliveriesReport),
    db.raw(productsReport),
    db.raw(pricesReport),
  ])
  return { ...deliveries.rows[0], ...products.rows[0], ...prices.rows[0] }
}
