// @ts-check

/**
 * From a status to its requests. A status is one of a few, so that the index is written at a few places only, and costs
 * a flush next to nothing; those that lists are sorted by are made when someone asks for them
 * (src/store/order-indexes.ts).
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('CREATE INDEX recordings_status ON recordings (status)')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  for (const column of ['status', 'duration_us', 'query_count', 'sql_wall_us']) {
    await knex.raw(`DROP INDEX IF EXISTS recordings_${column}`)
  }
}
