import { Router } from 'express'
import type { Knex } from 'knex'
import { gallery } from '../gallery/index.js'
import { runsOn } from '../gallery/pair.js'

/** `/<name>/slow` and `/<name>/fast` for each pair that makes its point on this database. */
export function galleryRoutes(db: Knex): Router {
  const router = Router()
  for (const { name, method, slow, fast } of gallery.filter((pair) => runsOn(db, pair))) {
    router[method](`/${name}/slow`, async (_req, res) => {
      res.json(await slow(db))
    })
    router[method](`/${name}/fast`, async (_req, res) => {
      res.json(await fast(db))
    })
  }
  return router
}
