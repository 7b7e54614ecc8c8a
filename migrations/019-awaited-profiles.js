// @ts-check

/**
 * Routes and jobs whose next run is to have a CPU profile, as a page asked for it: for all processes on the store.
 * Both empty: whatever comes next. `since_us` tells one asking from the next of the same route.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw(`CREATE TABLE awaited_profiles (method TEXT NOT NULL, route TEXT NOT NULL, since_us INTEGER NOT NULL,
    PRIMARY KEY (method, route)) WITHOUT ROWID`)
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable('awaited_profiles')
}
