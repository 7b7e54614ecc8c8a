// @ts-check

/**
 * What people and the app say of a recording: pinned, tagged, who asked; and what the process used meanwhile.
 *
 * - `pins`: recordings that retention passes over (src/store/pins.ts). `held`: whether the texts that they share with
 *   others are kept as long as they are.
 * - `recording_tags`: the index leads from a tag to its recordings.
 * - `users`: id and name under the hash of the id. `seen_hour`: as in 001. The index holds only recordings that have a
 *   user: who names no users pays nothing for it.
 * - `memory_bytes`, `loop_permille`, `cpu_us` in `recording_details`: NULL where they were not measured.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('CREATE TABLE pins (number INTEGER PRIMARY KEY, held INTEGER NOT NULL DEFAULT 0)')
  await knex.raw(`CREATE TABLE recording_tags (number INTEGER NOT NULL, tag TEXT NOT NULL,
    PRIMARY KEY (number, tag)) WITHOUT ROWID`)
  await knex.raw('CREATE INDEX recording_tags_tag ON recording_tags (tag, number)')
  await knex.raw(
    'CREATE TABLE users (id INTEGER PRIMARY KEY, user TEXT NOT NULL, name TEXT, seen_hour INTEGER NOT NULL)',
  )
  await knex.raw('ALTER TABLE recordings ADD COLUMN user_id INTEGER')
  await knex.raw('CREATE INDEX recordings_user ON recordings (user_id) WHERE user_id IS NOT NULL')
  for (const column of USAGE) await knex.raw(`ALTER TABLE recording_details ADD COLUMN ${column} INTEGER`)
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  for (const column of USAGE) await knex.raw(`ALTER TABLE recording_details DROP COLUMN ${column}`)
  await knex.raw('DROP INDEX recordings_user')
  await knex.raw('ALTER TABLE recordings DROP COLUMN user_id')
  for (const table of ['users', 'recording_tags', 'pins']) await knex.schema.dropTable(table)
}

const USAGE = ['memory_bytes', 'loop_permille', 'cpu_us']
