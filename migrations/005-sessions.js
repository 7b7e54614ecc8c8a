// @ts-check

/**
 * Sessions: a label on recordings, so that what was recorded before a change can be told from what came after.
 *
 * - `sessions`: the labels, under the hash of their content; `first_us`: when the first recording with it began.
 * - `session_id` is NULL in `recordings` for those without a label, and 0 in the keys of roll-ups. The index holds only
 *   recordings that have one: who uses no sessions pays nothing for it.
 * - `controls`: what the pages set for all processes on the store, one row. NULL: not paused; no session.
 *   `session_us`, `session_before`: since when, and what was before, for requests that began before that.
 *
 * The roll-ups get the session into their primary key, which takes a new table each. It is made from the definition
 * that is there, so that columns of other migrations stay.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw(
    'CREATE TABLE sessions (id INTEGER PRIMARY KEY, label TEXT NOT NULL, first_us INTEGER NOT NULL, seen_hour INTEGER NOT NULL)',
  )
  await knex.raw('ALTER TABLE recordings ADD COLUMN session_id INTEGER')
  await knex.raw('CREATE INDEX recordings_session ON recordings (session_id) WHERE session_id IS NOT NULL')
  for (const table of ROLLUPS) await addToKey(knex, table)
  await knex.raw(`CREATE TABLE controls (id INTEGER PRIMARY KEY, paused_us INTEGER, session TEXT,
    session_us INTEGER, session_before TEXT)`)
  await knex.raw('INSERT INTO controls (id) VALUES (1)')
}

/**
 * Roll-ups stay as they are: what an older silk would have merged lies apart there.
 *
 * @param {import('knex').Knex} knex
 */
export async function down(knex) {
  await knex.schema.dropTable('controls')
  await knex.raw('DROP INDEX recordings_session')
  await knex.raw('ALTER TABLE recordings DROP COLUMN session_id')
  await knex.schema.dropTable('sessions')
}

const ROLLUPS = ['route_rollups', 'statement_rollups', 'finding_rollups']

/**
 * @param {import('knex').Knex} knex
 * @param {string} table
 */
async function addToKey(knex, table) {
  const [{ sql }] = await knex.raw('SELECT sql FROM sqlite_master WHERE name = ?', [table])
  const columns = (await knex.raw(`PRAGMA table_info(${table})`)).map(
    (/** @type {{ name: string }} */ { name }) => `"${name}"`,
  )
  const withSession = sql
    .replace(/PRIMARY KEY \(([^)]*)\)/, 'session_id INTEGER NOT NULL DEFAULT 0, PRIMARY KEY ($1, session_id)')
    .replace(table, `new_${table}`)
  await knex.raw(withSession)
  await knex.raw(`INSERT INTO new_${table} (${columns}) SELECT ${columns} FROM ${table}`)
  await knex.schema.dropTable(table)
  await knex.raw(`ALTER TABLE new_${table} RENAME TO ${table}`)
}
