import express, { type Express, type RequestHandler } from 'express'
import type { Knex } from 'knex'
import { handleError, notFound } from './http-error.js'
import { authRoutes } from './routes/auth.js'
import { collectionRoutes } from './routes/collections.js'
import { galleryRoutes } from './routes/gallery.js'
import { homeRoutes } from './routes/home.js'
import { productRoutes } from './routes/products.js'

/** The collections/products API, and the gallery of optimisations. `profiler` is silk's handler; the API does without one. */
export function createApp({ db, profiler }: { db: Knex; profiler?: RequestHandler }): Express {
  const app = express()
  if (profiler) app.use(profiler) // first, so that it sees all of each request

  app.use(express.json())
  app.use('/', homeRoutes(db))
  app.use('/auth', authRoutes(db))
  app.use('/collections', collectionRoutes(db))
  app.use('/products', productRoutes(db))
  app.use('/gallery', galleryRoutes(db))

  app.use(() => {
    throw notFound()
  })
  app.use(handleError)
  return app
}
