// @ts-check

/**
 * How long the queries of a route have waited for a connection, added up; NULL in roll-ups that are older than this.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('ALTER TABLE route_rollups ADD COLUMN pool_wait_us INTEGER')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('ALTER TABLE route_rollups DROP COLUMN pool_wait_us')
}
