import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const cacheAcrossRequests: Pair = {
  name: 'cache-across-requests',
  title: 'Caching, across requests',
  lesson: 'Totals of 5,000 deliveries, added up for each request; then kept for a minute.',
  finding: 'repeated-across-requests',
  toSeeIt: 'have asked for it 20 times',
  method: 'get',
  slow,
  fast,
}

const keepForMs = 60_000

/** One for each database, as long as that is used. */
const kept = new WeakMap<Knex, { totals: Promise<unknown>; until: number }>()

async function slow(db: Knex): Promise<unknown> {
  return addUp(db)
}

async function fast(db: Knex): Promise<unknown> {
  const { totals, until } = kept.get(db) ?? { totals: null, until: 0 }
  if (Date.now() < until) return totals

  // The promise is kept, not its value: requests that come while it is loading wait for the same one.
  const loading = addUp(db)
  kept.set(db, { totals: loading, until: Date.now() + keepForMs })
  loading.catch(() => kept.delete(db))
  return loading
}

async function addUp(db: Knex): Promise<unknown> {
  const totals = await db<{ city: string; weight_grams: number }>('deliveries') // silk: repeated-across-requests
    .select('city')
    .count({ count: '*' })
    .sum({ grams: 'weight_grams' })
    .groupBy('city')
    .orderBy('city')
  return totals.map(({ city, count, grams }) => ({ city, count: Number(count), grams: Number(grams) }))
}
