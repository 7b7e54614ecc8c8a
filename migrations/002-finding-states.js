// @ts-check

/**
 * When a finding was marked fixed, and since when it is back.
 *
 * `fixed_us` stays when the finding comes back (`state` is 'open' again then): the pages tell both times.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('ALTER TABLE findings ADD COLUMN fixed_us INTEGER')
  await knex.raw('ALTER TABLE findings ADD COLUMN regressed_us INTEGER')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('ALTER TABLE findings DROP COLUMN regressed_us')
  await knex.raw('ALTER TABLE findings DROP COLUMN fixed_us')
}
