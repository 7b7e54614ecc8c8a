import { Router } from 'express'
import type { Knex } from 'knex'
import { gallery } from '../gallery/index.js'
import { runsOn } from '../gallery/pair.js'
import { homePage } from '../home-page.js'

/** `/`: the demo's page for people. */
export function homeRoutes(db: Knex): Router {
  const router = Router()
  const silkPath = process.env.SILK_PATH || '/silk'
  const page = homePage({ gallery, silkPath, isRunnable: (pair) => runsOn(db, pair) })

  router.get('/', (_req, res) => {
    res.type('html').send(page)
  })
  return router
}
