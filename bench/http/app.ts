import express, { type Express } from 'express'
import type { Knex } from 'knex'
import { createApp } from '../../example-app/app.js'
import { openDatabase } from './database.js'
import type { Instrument } from './instruments.js'
import type { LaneJob } from './lane.js'

export function createMeasuredApp({ database, loop }: LaneJob, { handler, watch }: Instrument): Express {
  const db = openDatabase(database)
  watch?.(db)
  if (!loop) return createApp(handler ? { db, profiler: handler } : { db })
  const app = express()
  if (handler) app.use(handler)
  return app.get('/queries/:count', async (req, res) => res.json(await sendQueries(db, Number(req.params.count))))
}

async function sendQueries(db: Knex, count: number): Promise<{ rows: number }> {
  let rows = 0
  for (let at = 0; at < count; at++) {
    if (
      await db('products')
        .where('id', (at % 1_000) + 1)
        .first()
    )
      rows++
  }
  return { rows }
}
