// @ts-check

/**
 * Where the looking through history stands, and which process does it: one row.
 *
 * `owner` is NULL between two rounds; `expires_us` lets others take over from an owner that died. `cursor` is the number
 * of the newest recording that was looked at.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw(`CREATE TABLE history_lease (id INTEGER PRIMARY KEY, owner TEXT, expires_us INTEGER NOT NULL,
    ran_us INTEGER NOT NULL, cursor INTEGER NOT NULL)`)
  await knex.raw('INSERT INTO history_lease VALUES (1, NULL, 0, 0, 0)')
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable('history_lease')
}
