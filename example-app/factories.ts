import type { Knex } from 'knex'
import { hashPassword } from './auth.js'
import type { Collection, Product, Tag, User } from './database.js'

let lastNumber = 0

function unique(noun: string): string {
  lastNumber += 1
  return `${noun} made for a test ${lastNumber}`
}

export function createCollection(db: Knex, values: Partial<Collection> = {}): Promise<Collection> {
  return insert(db, 'collections', { name: unique('Collection'), ...values })
}

/** Makes a collection too, unless `collection_id` is given. */
export async function createProduct(db: Knex, values: Partial<Product> = {}): Promise<Product> {
  const collectionId = values.collection_id ?? (await createCollection(db)).id
  return insert(db, 'products', { name: unique('Product'), ...values, collection_id: collectionId })
}

/** A tag on the given products. */
export async function createTag(db: Knex, name: string, products: readonly Product[] = []): Promise<Tag> {
  const tag = await insert<Tag>(db, 'tags', { name })
  const links = products.map((product) => ({ product_id: product.id, tag_id: tag.id }))
  if (links.length > 0) await db('product_tags').insert(links)
  return tag
}

export async function createUser(
  db: Knex,
  { password = 'password123', ...values }: Partial<User> & { password?: string } = {},
): Promise<User> {
  const passwordHash = await hashPassword(password)
  return insert(db, 'users', { username: unique('user'), is_staff: false, password_hash: passwordHash, ...values })
}

async function insert<Row>(db: Knex, table: string, values: Partial<Row>): Promise<Row> {
  const [row] = await db(table).insert(values).returning('*')
  return row
}
