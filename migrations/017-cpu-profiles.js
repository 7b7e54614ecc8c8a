// @ts-check

/**
 * CPU profiles, by their recordings: in a table of their own, since they are few and large. What stands before the file is
 * read without it.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw(
    'CREATE TABLE cpu_profiles (number INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, facts TEXT NOT NULL, file BLOB NOT NULL)',
  )
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP TABLE cpu_profiles')
}
