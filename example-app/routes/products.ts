import { Router } from 'express'
import type { Knex } from 'knex'
import { requireStaff } from '../auth.js'
import type { Collection, Product } from '../database.js'
import { HttpError, notFound } from '../http-error.js'
import { applyListing, type Listing } from '../listing.js'
import { parseId, productBody, productChanges, productQuery, validate } from '../validation.js'

type ProductsQuery = Knex.QueryBuilder<Product, Product[]>
type ProductWithCollection = Product & { collection: Collection | undefined }

/** By the name of `?load=`: four ways to the same answer. */
const withCollection = { naive: loadNaive, 'naive-parallel': loadNaiveParallel, eager: loadEager, join: loadJoin }

export function productRoutes(db: Knex): Router {
  const router = Router()
  const staffOnly = requireStaff(db)

  router.get('/', async (req, res) => {
    const { include, load, ...listing } = validate(productQuery, req.query)
    const products = selectProducts(db, listing)
    res.json(include ? await withCollection[load](db, products) : await products)
  })

  router.post('/', staffOnly, async (req, res) => {
    const values = validate(productBody, req.body)
    await requireCollection(db, values.collection_id)
    const [product] = await db<Product>('products').insert(values).returning('*')
    res.status(201).json(product)
  })

  router.get('/:id', async (req, res) => {
    res.json(await findProduct(db, parseId(req.params.id)))
  })

  router.put('/:id', staffOnly, async (req, res) => {
    const values = validate(productBody, req.body)
    res.json(await updateProduct(db, parseId(req.params.id), values))
  })

  router.patch('/:id', staffOnly, async (req, res) => {
    const changes = validate(productChanges, req.body)
    res.json(await updateProduct(db, parseId(req.params.id), changes))
  })

  router.delete('/:id', staffOnly, async (req, res) => {
    const deletedCount = await db('products').where('id', parseId(req.params.id)).delete()
    if (deletedCount === 0) throw notFound()
    res.status(204).end()
  })

  return router
}

function selectProducts(
  db: Knex,
  { collection_id, ...listing }: Listing & { collection_id?: number | undefined },
): ProductsQuery {
  const query = db<Product>('products').select()
  applyListing(query, listing)
  if (collection_id !== undefined) query.where({ collection_id })
  return query
}

async function findProduct(db: Knex, id: number): Promise<Product> {
  const product = await db<Product>('products').where('id', id).first()
  if (!product) throw notFound()
  return product
}

async function updateProduct(db: Knex, id: number, changes: Partial<Product>): Promise<Product> {
  // There is no UPDATE without a column.
  if (Object.keys(changes).length === 0) return findProduct(db, id)
  if (changes.collection_id !== undefined) await requireCollection(db, changes.collection_id)
  const [product] = await db<Product>('products').where('id', id).update(changes).returning('*')
  if (!product) throw notFound()
  return product
}

async function requireCollection(db: Knex, id: number): Promise<void> {
  if (await db('collections').where('id', id).first('id')) return
  throw new HttpError(400, { collection_id: [`There is no collection ${id}.`] })
}

/** 1 + N queries, one after the other. */
async function loadNaive(db: Knex, query: ProductsQuery): Promise<ProductWithCollection[]> {
  const loaded: ProductWithCollection[] = []
  for (const product of await query) {
    const collection = await db<Collection>('collections').where('id', product.collection_id).first()
    loaded.push({ ...product, collection })
  }
  return loaded
}

/** 1 + N queries, all N at once. */
async function loadNaiveParallel(db: Knex, query: ProductsQuery): Promise<ProductWithCollection[]> {
  const products = await query
  return Promise.all(
    products.map(async (product) => {
      const collection = await db<Collection>('collections').where('id', product.collection_id).first()
      return { ...product, collection }
    }),
  )
}

/** 2 queries: the products, then the collections of all of them. */
async function loadEager(db: Knex, query: ProductsQuery): Promise<ProductWithCollection[]> {
  const products = await query
  const ids = new Set(products.map((product) => product.collection_id))

  const collections = await db<Collection>('collections').whereIn('id', [...ids])
  const byId = new Map(collections.map((collection) => [collection.id, collection]))
  return products.map((product) => ({ ...product, collection: byId.get(product.collection_id) }))
}

/** 1 query: a row for each product, with its collection's columns beside it. */
async function loadJoin(db: Knex, query: ProductsQuery): Promise<ProductWithCollection[]> {
  const rows = await db
    .from(query.as('products'))
    .join('collections', 'collections.id', 'products.collection_id')
    .select('products.*', { collection_name: 'collections.name' })
    .orderBy('products.id')

  return rows.map(({ collection_name, ...product }) => ({
    ...product,
    collection: { id: product.collection_id, name: collection_name },
  }))
}
