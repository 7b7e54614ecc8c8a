// @ts-check

/**
 * The bodies of requests and responses (src/store/packed-body.ts), apart from what the lists read. They go with their
 * recording at once, so each lies with it: what someone deletes must not stay for another recording's sake.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('CREATE TABLE recording_bodies (number INTEGER PRIMARY KEY, request BLOB, response BLOB)')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable('recording_bodies')
}
