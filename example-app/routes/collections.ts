import { Router } from 'express'
import type { Knex } from 'knex'
import { requireStaff } from '../auth.js'
import type { Collection, Product } from '../database.js'
import { notFound } from '../http-error.js'
import { applyListing, type Listing } from '../listing.js'
import { collectionBody, collectionChanges, collectionQuery, parseId, validate } from '../validation.js'

type CollectionsQuery = Knex.QueryBuilder<Collection, Collection[]>
type CollectionWithProducts = Collection & { products: Product[] }

/** By the name of `?load=`: four ways to the same answer. */
const withProducts = { naive: loadNaive, 'naive-parallel': loadNaiveParallel, eager: loadEager, join: loadJoin }

export function collectionRoutes(db: Knex): Router {
  const router = Router()
  const staffOnly = requireStaff(db)

  router.get('/', async (req, res) => {
    const { include, load, ...listing } = validate(collectionQuery, req.query)
    const collections = selectCollections(db, listing)
    res.json(include ? await withProducts[load](db, collections) : await collections)
  })

  router.post('/', staffOnly, async (req, res) => {
    const values = validate(collectionBody, req.body)
    const [collection] = await db<Collection>('collections').insert(values).returning('*')
    res.status(201).json(collection)
  })

  router.get('/:id', async (req, res) => {
    res.json(await findCollection(db, parseId(req.params.id)))
  })

  router.put('/:id', staffOnly, async (req, res) => {
    const values = validate(collectionBody, req.body)
    res.json(await updateCollection(db, parseId(req.params.id), values))
  })

  router.patch('/:id', staffOnly, async (req, res) => {
    const changes = validate(collectionChanges, req.body)
    res.json(await updateCollection(db, parseId(req.params.id), changes))
  })

  router.delete('/:id', staffOnly, async (req, res) => {
    // Its products go with it: ON DELETE CASCADE.
    const deletedCount = await db('collections').where('id', parseId(req.params.id)).delete()
    if (deletedCount === 0) throw notFound()
    res.status(204).end()
  })

  return router
}

function selectCollections(db: Knex, listing: Listing): CollectionsQuery {
  const query = db<Collection>('collections').select()
  applyListing(query, listing)
  return query
}

async function findCollection(db: Knex, id: number): Promise<Collection> {
  const collection = await db<Collection>('collections').where('id', id).first()
  if (!collection) throw notFound()
  return collection
}

async function updateCollection(db: Knex, id: number, changes: Partial<Collection>): Promise<Collection> {
  // There is no UPDATE without a column.
  if (Object.keys(changes).length === 0) return findCollection(db, id)
  const [collection] = await db<Collection>('collections').where('id', id).update(changes).returning('*')
  if (!collection) throw notFound()
  return collection
}

/** 1 + N queries, one after the other. */
async function loadNaive(db: Knex, query: CollectionsQuery): Promise<CollectionWithProducts[]> {
  const loaded: CollectionWithProducts[] = []
  for (const collection of await query) {
    const products = await db<Product>('products').where('collection_id', collection.id).orderBy('id')
    loaded.push({ ...collection, products })
  }
  return loaded
}

/** 1 + N queries, all N at once. */
async function loadNaiveParallel(db: Knex, query: CollectionsQuery): Promise<CollectionWithProducts[]> {
  const collections = await query
  return Promise.all(
    collections.map(async (collection) => {
      const products = await db<Product>('products').where('collection_id', collection.id).orderBy('id')
      return { ...collection, products }
    }),
  )
}

/** 2 queries: the collections, then the products of all of them. */
async function loadEager(db: Knex, query: CollectionsQuery): Promise<CollectionWithProducts[]> {
  const loaded = (await query).map((collection): CollectionWithProducts => ({ ...collection, products: [] }))
  const byId = new Map(loaded.map((collection) => [collection.id, collection]))

  const products = await db<Product>('products')
    .whereIn('collection_id', [...byId.keys()])
    .orderBy('id')
  for (const product of products) byId.get(product.collection_id)?.products.push(product)
  return loaded
}

/** 1 query: a row for each product, with its collection's columns beside it. */
async function loadJoin(db: Knex, query: CollectionsQuery): Promise<CollectionWithProducts[]> {
  // The page is a subquery, for `limit` counts collections and not products.
  const rows = await db
    .from(query.as('collections'))
    .leftJoin('products', 'products.collection_id', 'collections.id')
    .select('collections.id', 'collections.name', { product_id: 'products.id', product_name: 'products.name' })
    .orderBy(['collections.id', 'products.id'])

  const loaded = new Map<number, CollectionWithProducts>()
  for (const { id, name, product_id, product_name } of rows) {
    const collection: CollectionWithProducts = loaded.get(id) ?? { id, name, products: [] }
    if (product_id !== null) collection.products.push({ id: product_id, name: product_name, collection_id: id })
    loaded.set(id, collection)
  }
  return [...loaded.values()]
}
