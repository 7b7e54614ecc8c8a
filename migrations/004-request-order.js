// @ts-check

/**
 * The orders and filters of the list of requests.
 *
 * Each of these is paid at each flush (bench/README.md has what they cost): a status is one of a few, so that its index
 * is written at a few places only; the others lead to the slowest requests of all, without reading all.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  for (const column of indexed) await knex.raw(`CREATE INDEX recordings_${column} ON recordings (${column})`)
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  for (const column of indexed) await knex.raw(`DROP INDEX recordings_${column}`)
}

const indexed = ['status', 'duration_us', 'query_count', 'sql_wall_us']
