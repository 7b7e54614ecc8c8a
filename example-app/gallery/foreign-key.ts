import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const foreignKey: Pair = {
  name: 'foreign-key',
  title: 'A foreign key: join',
  lesson: 'The collection of each product, by a query for each of 30 products; then by one join.',
  finding: 'n-plus-one',
  method: 'get',
  slow,
  fast,
}

/** 1 + 30 queries. */
async function slow(db: Knex): Promise<unknown> {
  const products = await db('products').orderBy('id').limit(30)
  for (const product of products) {
    product.collection = await db('collections').where('id', product.collection_id).first() // silk: n-plus-one
  }
  return products
}

/** 1 query. */
async function fast(db: Knex): Promise<unknown> {
  const rows = await db('products')
    .join('collections', 'collections.id', 'products.collection_id')
    .select('products.*', { collection_name: 'collections.name' })
    .orderBy('products.id')
    .limit(30)
  return rows.map(({ collection_name, ...product }) => ({
    ...product,
    collection: { id: product.collection_id, name: collection_name },
  }))
}
