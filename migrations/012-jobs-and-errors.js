// @ts-check

/**
 * The exception of a recording: what of it lists show, and all of it as JSON. The index holds only recordings that have
 * one. Jobs need no column: their names stand in `routes`, with `JOB` in place of a method.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('ALTER TABLE recordings ADD COLUMN error_class TEXT')
  await knex.raw('CREATE INDEX recordings_error ON recordings (error_class) WHERE error_class IS NOT NULL')
  await knex.raw('ALTER TABLE recording_details ADD COLUMN error TEXT')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('ALTER TABLE recording_details DROP COLUMN error')
  await knex.raw('DROP INDEX recordings_error')
  await knex.raw('ALTER TABLE recordings DROP COLUMN error_class')
}
