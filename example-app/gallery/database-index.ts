import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const databaseIndex: Pair = {
  name: 'index',
  title: 'An index',
  lesson: 'The deliveries to one person: by looking at each of 5,000; then in a table with an index on the name.',
  finding: 'missing-index',
  toSeeIt: 'press Explain on the page of its statement',
  method: 'get',
  slow,
  fast,
}

/** `tables.ts` makes both tables, with the same rows. */
async function slow(db: Knex): Promise<unknown> {
  return db('deliveries').where('recipient', 'Recipient 47').orderBy('id') // silk: missing-index
}

async function fast(db: Knex): Promise<unknown> {
  return db('deliveries_indexed').where('recipient', 'Recipient 47').orderBy('id')
}
