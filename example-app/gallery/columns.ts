import type { Knex } from 'knex'
import type { Pair } from './pair.js'

export const columns: Pair = {
  name: 'columns',
  title: 'Only the columns needed',
  lesson: 'A list of 60 titles, from rows with their whole texts, 240 kB; then from two columns.',
  finding: 'over-fetch',
  method: 'get',
  slow,
  fast,
}

/** Reads each manual's text, and drops it. */
async function slow(db: Knex): Promise<unknown> {
  const manuals = await db('manuals').orderBy('id') // silk: over-fetch
  return manuals.map(({ id, title }) => ({ id, title }))
}

async function fast(db: Knex): Promise<unknown> {
  return db('manuals').select('id', 'title').orderBy('id')
}
