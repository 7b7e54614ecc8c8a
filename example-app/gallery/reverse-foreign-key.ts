import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const reverseForeignKey: Pair = {
  name: 'reverse-foreign-key',
  title: 'A reverse foreign key: one query for all',
  lesson: 'The products of each collection, by a query for each of 20 collections; then by one whereIn.',
  finding: 'n-plus-one',
  method: 'get',
  slow,
  fast,
}

/** 1 + 20 queries. */
async function slow(db: Knex): Promise<unknown> {
  const collections = await db('collections').orderBy('id').limit(20)
  for (const collection of collections) {
    collection.products = await db('products').where('collection_id', collection.id).orderBy('id') // silk: n-plus-one
  }
  return collections
}

/** 2 queries. */
async function fast(db: Knex): Promise<unknown> {
  const collections = await db('collections').orderBy('id').limit(20)
  const byId = new Map(collections.map((collection) => [collection.id, { ...collection, products: [] as unknown[] }]))

  const products = await db('products')
    .whereIn('collection_id', [...byId.keys()])
    .orderBy('id')
  for (const product of products) byId.get(product.collection_id)?.products.push(product)
  return [...byId.values()]
}
