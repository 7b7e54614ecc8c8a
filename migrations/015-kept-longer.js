// @ts-check

/**
 * Recordings that outlive others of their time, being slow, failed, or with a finding (src/store/retention.ts). Noted
 * when their time comes to be pruned, by the worker: writing them costs nothing more.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('CREATE TABLE kept_longer (number INTEGER PRIMARY KEY)')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP TABLE kept_longer')
}
