import type { Knex } from 'knex'
import { hashPassword } from './auth.js'
import { seedGallery } from './gallery/tables.js'

const collectionCount = 50
const productsPerCollection = 20
const tagNames = ['new', 'sale', 'classic', 'organic', 'handmade', 'limited', 'vintage', 'eco', 'gift', 'bestseller']

/** SQLite takes at most 500 rows in one INSERT. */
const chunkSize = 500

/**
 * Fills an empty database with 50 collections of 20 products, each product with two tags, and the users
 * `admin` (staff) and `regular-user`, both with the password `password123`. Always the same rows with the same ids.
 * The gallery's tables are filled too. What a database has already is left as it is.
 */
export async function seed(db: Knex): Promise<void> {
  await seedShop(db)
  await seedGallery(db)
}

async function seedShop(db: Knex): Promise<void> {
  if (await db('users').first('id')) return

  const users = [
    { id: 1, username: 'admin', password_hash: await hashPassword('password123'), is_staff: true },
    { id: 2, username: 'regular-user', password_hash: await hashPassword('password123'), is_staff: false },
  ]
  const collections = numbers(collectionCount).map((id) => ({ id, name: `Collection ${id}` }))
  // Dealt out in turn, so that neighbouring products belong to different collections.
  const products = numbers(collectionCount * productsPerCollection).map((id) => ({
    id,
    name: `Product ${id}`,
    collection_id: ((id - 1) % collectionCount) + 1,
  }))
  const tags = tagNames.map((name, index) => ({ id: index + 1, name }))
  const productTags = products.flatMap(({ id }) => [
    { product_id: id, tag_id: (id % tags.length) + 1 },
    { product_id: id, tag_id: ((id + 3) % tags.length) + 1 },
  ])

  await db.transaction(async (trx) => {
    await trx('users').insert(users)
    await trx('collections').insert(collections)
    await trx.batchInsert('products', products, chunkSize)
    await trx('tags').insert(tags)
    await trx.batchInsert('product_tags', productTags, chunkSize)
    if (db.client.config.client === 'pg') await advanceSequences(trx, ['users', 'collections', 'products', 'tags'])
  })
}

/** PostgreSQL's sequences don't notice ids that were inserted by hand: the next row would get id 1 again. */
async function advanceSequences(trx: Knex.Transaction, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await trx.raw(`select setval(pg_get_serial_sequence(?, 'id'), (select max(id) from ??))`, [table, table])
  }
}

/** 1 to `count`. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
