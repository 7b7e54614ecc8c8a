import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const counting: Pair = {
  name: 'counting',
  title: 'Counting in SQL',
  lesson: 'How many products have a tag: by 200 rows and their number; then by count(*).',
  finding: 'over-fetch',
  method: 'get',
  slow,
  fast,
}

async function slow(db: Knex): Promise<unknown> {
  const links = await db('product_tags').where('tag_id', 1) // silk: over-fetch
  return { products: links.length }
}

async function fast(db: Knex): Promise<unknown> {
  const counted = await db('product_tags').where('tag_id', 1).count({ products: '*' }).first()
  return { products: Number(counted?.products) } // PostgreSQL's count is a bigint, which pg gives as a string
}
