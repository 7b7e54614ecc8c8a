// @ts-check

/**
 * From "errors only" to the jobs that failed, past the exceptions of requests: those may be many, and are told by their
 * status. The index holds failed jobs alone, so that requests cost nothing more.
 *
 * @param {import('knex').Knex} knex
 */
export async function up(knex) {
  await knex.raw(
    `CREATE INDEX recordings_failed_jobs ON recordings (error_class) WHERE kind = 1 AND error_class IS NOT NULL`,
  )
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.raw('DROP INDEX recordings_failed_jobs')
}
