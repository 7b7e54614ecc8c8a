// @ts-check

/**
 * The first schema.
 *
 * Planned for millions of recordings, so: every text that repeats is stored once under the hash of its content; what
 * only a recording's own page needs lies apart from what lists scan; and pages add up roll-ups, never raw rows.
 *
 * - A recording's `number` is cut from its UUIDv7 (src/store/recording-number.ts): it sorts by time, so the tables are
 *   written at their end, read from their end, and pruned from their beginning, without an index on the time or the id.
 * - Ids of texts, statements, call sites, routes and findings are content hashes of 52 bits: every process computes
 *   the same, so that none is handed out and none can dangle.
 * - Times are integer microseconds (`…_us`). `seen_hour` (hours since the epoch) is the last hour in which a row was
 *   used: what is older than the oldest recording is an orphan.
 * - Roll-ups: `bucket` is a minute since the epoch, `width` its length in minutes (1, later merged to 60 and 1440).
 *   Blobs are packed histograms (src/store/histogram.ts).
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  for (const statement of [...stored, ...recorded, ...rolledUp]) await knex.raw(statement)
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  const tables = await knex('sqlite_master').where({ type: 'table' }).andWhere('name', 'not like', 'silk\\_migrations%')
  for (const { name } of tables) if (!name.startsWith('sqlite_')) await knex.schema.dropTable(name)
}

const stored = [
  // Name and value: which version of silk last changed the schema.
  'CREATE TABLE silk_properties (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  // SQL as sent, header sets, wordings of findings.
  'CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL, seen_hour INTEGER NOT NULL)',
  // One row per fingerprint; example_id: a text of `texts`.
  `CREATE TABLE statements (id INTEGER PRIMARY KEY, text TEXT NOT NULL, operation TEXT NOT NULL,
    example_id INTEGER, seen_hour INTEGER NOT NULL)`,
  `CREATE TABLE call_sites (id INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER NOT NULL, "column" INTEGER NOT NULL,
    function TEXT, seen_hour INTEGER NOT NULL)`,
  'CREATE TABLE routes (id INTEGER PRIMARY KEY, method TEXT NOT NULL, route TEXT, seen_hour INTEGER NOT NULL)',
]

const recorded = [
  // path: only where it is not the URL's beginning. findings: JSON of the badges; NULL: none. aborted: NULL: no response.
  `CREATE TABLE recordings (number INTEGER PRIMARY KEY, id BLOB NOT NULL, kind INTEGER NOT NULL,
    started_us INTEGER NOT NULL, duration_us INTEGER NOT NULL, overhead_us INTEGER NOT NULL, route_id INTEGER,
    url TEXT, path TEXT, status INTEGER, aborted INTEGER, content_length INTEGER, query_count INTEGER NOT NULL,
    dropped_query_count INTEGER NOT NULL, sql_us INTEGER NOT NULL, sql_wall_us INTEGER NOT NULL,
    pool_wait_us INTEGER NOT NULL, findings TEXT)`,
  // From a route to its requests, the commonest way through the lists: without it a rare route among a million
  // recordings means reading them all. Method, status and text are filtered by a bounded scan instead.
  'CREATE INDEX recordings_route ON recordings (route_id) WHERE route_id IS NOT NULL',
  // With a rowid, since a WITHOUT ROWID row above 1 kB would take a page of 4 kB for itself.
  `CREATE TABLE recording_details (number INTEGER PRIMARY KEY, request_headers_id INTEGER,
    response_headers_id INTEGER, header_values TEXT, queries BLOB)`,
  `CREATE TABLE recording_statements (number INTEGER NOT NULL, statement_id INTEGER NOT NULL,
    call_site_id INTEGER NOT NULL, inferred INTEGER NOT NULL, calls INTEGER NOT NULL, total_us INTEGER NOT NULL,
    max_us INTEGER NOT NULL, row_count INTEGER, PRIMARY KEY (number, statement_id, call_site_id)) WITHOUT ROWID`,
  // From a statement to the recordings that ran it.
  'CREATE INDEX recording_statements_statement ON recording_statements (statement_id, number)',
  `CREATE TABLE findings (id INTEGER PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL,
    route_id INTEGER, latest_number INTEGER NOT NULL, latest TEXT NOT NULL)`,
  // The key leads from a finding to its recordings; from a recording to its findings its badges lead.
  `CREATE TABLE occurrences (finding_id INTEGER NOT NULL, number INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    total_us INTEGER NOT NULL, saving_us INTEGER, repeat_count INTEGER NOT NULL, message TEXT NOT NULL,
    evidence TEXT NOT NULL, wording_id INTEGER NOT NULL, PRIMARY KEY (finding_id, number, ordinal)) WITHOUT ROWID`,
]

// Keyed by time first: every page asks for a window. One statement's own page reads all of them, which is bounded by
// the compaction to hours and days.
const rolledUp = [
  `CREATE TABLE route_rollups (bucket INTEGER NOT NULL, width INTEGER NOT NULL, route_id INTEGER NOT NULL,
    count INTEGER NOT NULL, error_count INTEGER NOT NULL, finding_count INTEGER NOT NULL, duration_us INTEGER NOT NULL,
    max_us INTEGER NOT NULL, sql_us INTEGER NOT NULL, sql_wall_us INTEGER NOT NULL, query_count INTEGER NOT NULL,
    query_max INTEGER NOT NULL, durations BLOB NOT NULL, query_counts BLOB NOT NULL,
    PRIMARY KEY (bucket, width, route_id)) WITHOUT ROWID`,
  `CREATE TABLE statement_rollups (bucket INTEGER NOT NULL, width INTEGER NOT NULL, statement_id INTEGER NOT NULL,
    route_id INTEGER NOT NULL, call_site_id INTEGER NOT NULL, recording_count INTEGER NOT NULL, calls INTEGER NOT NULL,
    total_us INTEGER NOT NULL, max_us INTEGER NOT NULL, row_count INTEGER, durations BLOB NOT NULL,
    PRIMARY KEY (bucket, width, statement_id, route_id, call_site_id)) WITHOUT ROWID`,
  `CREATE TABLE finding_rollups (bucket INTEGER NOT NULL, width INTEGER NOT NULL, finding_id INTEGER NOT NULL,
    route_id INTEGER NOT NULL, recording_count INTEGER NOT NULL, repeat_count INTEGER NOT NULL,
    total_us INTEGER NOT NULL, saving_us INTEGER NOT NULL, max_us INTEGER NOT NULL, totals BLOB NOT NULL,
    PRIMARY KEY (bucket, width, finding_id, route_id)) WITHOUT ROWID`,
]
