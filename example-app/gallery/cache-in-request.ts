import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const cacheInRequest: Pair = {
  name: 'cache-in-request',
  title: 'Caching, within a request',
  lesson: 'The same setting, looked up again for each of 20 prices; then loaded once and passed on.',
  finding: 'duplicate-query',
  method: 'get',
  slow,
  fast,
}

/** 1 + 20 queries. */
async function slow(db: Knex): Promise<unknown> {
  const prices = await loadPrices(db)
  for (const price of prices) price.currency = await loadCurrency(db)
  return prices
}

/** 2 queries. */
async function fast(db: Knex): Promise<unknown> {
  const prices = await loadPrices(db)
  const currency = await loadCurrency(db)
  return prices.map((price) => ({ ...price, currency }))
}

async function loadPrices(db: Knex): Promise<{ product_id: number; cents: number; currency?: string }[]> {
  return db('prices').select('product_id', 'cents').orderBy('product_id').limit(20)
}

async function loadCurrency(db: Knex): Promise<string> {
  const setting = await db('settings').where('name', 'currency').first() // silk: duplicate-query
  return setting.value
}
