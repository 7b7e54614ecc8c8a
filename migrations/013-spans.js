// @ts-check

/**
 * Spans: named stretches of a recording.
 *
 * - `spans` in `recording_details`: all spans of a recording, packed (src/store/packed-spans.ts).
 * - `span_names`: kind and name under the hash of both. `seen_hour`: as in 001.
 * - `span_rollups`: like those of statements.
 * - `span_examples`: of each hour the recordings in which a span took longest, a few of them.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw('ALTER TABLE recording_details ADD COLUMN spans BLOB')
  await knex.raw(
    'CREATE TABLE span_names (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, seen_hour INTEGER NOT NULL)',
  )
  await knex.raw(`CREATE TABLE span_rollups (bucket INTEGER NOT NULL, width INTEGER NOT NULL, span_id INTEGER NOT NULL,
    route_id INTEGER NOT NULL, session_id INTEGER NOT NULL, recording_count INTEGER NOT NULL, calls INTEGER NOT NULL,
    error_count INTEGER NOT NULL, total_us INTEGER NOT NULL, own_us INTEGER NOT NULL, query_count INTEGER NOT NULL,
    sql_us INTEGER NOT NULL, max_us INTEGER NOT NULL, durations BLOB NOT NULL,
    PRIMARY KEY (bucket, width, span_id, route_id, session_id)) WITHOUT ROWID`)
  await knex.raw(`CREATE TABLE span_examples (span_id INTEGER NOT NULL, hour INTEGER NOT NULL, number INTEGER NOT NULL,
    max_us INTEGER NOT NULL, PRIMARY KEY (span_id, hour, number)) WITHOUT ROWID`)
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP TABLE span_examples')
  await knex.raw('DROP TABLE span_rollups')
  await knex.raw('DROP TABLE span_names')
  await knex.raw('ALTER TABLE recording_details DROP COLUMN spans')
}
