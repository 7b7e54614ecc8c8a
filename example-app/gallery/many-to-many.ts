import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const manyToMany: Pair = {
  name: 'many-to-many',
  title: 'Many to many: one query for all',
  lesson: 'The tags of each product, by a query for each of 20 products; then by one join with a whereIn.',
  finding: 'n-plus-one',
  method: 'get',
  slow,
  fast,
}

/** 1 + 20 queries. */
async function slow(db: Knex): Promise<unknown> {
  const products = await db('products').where('collection_id', 1).orderBy('id')
  for (const product of products) {
    product.tags = await db('tags') // silk: n-plus-one
      .join('product_tags', 'product_tags.tag_id', 'tags.id')
      .where('product_tags.product_id', product.id)
      .orderBy('tags.id')
      .select('tags.*')
  }
  return products
}

/** 2 queries. */
async function fast(db: Knex): Promise<unknown> {
  const products = await db('products').where('collection_id', 1).orderBy('id')
  const byId = new Map(products.map((product) => [product.id, { ...product, tags: [] as unknown[] }]))

  const tags = await db('tags')
    .join('product_tags', 'product_tags.tag_id', 'tags.id')
    .whereIn('product_tags.product_id', [...byId.keys()])
    .orderBy('tags.id')
    .select('tags.*', 'product_tags.product_id')
  for (const { product_id, ...tag } of tags) byId.get(product_id)?.tags.push(tag)
  return [...byId.values()]
}
