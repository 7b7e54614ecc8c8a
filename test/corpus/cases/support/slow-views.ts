import type { Knex } from 'knex'
import type { CorpusCase } from '../../corpus-case.js'
import { defineSqliteFunction, isSqlite } from './sqlite-function.js'

/**
 * Views of the shared tables whose every query takes a while: a slow database, the same on each engine and machine.
 *
 * @param views by name: the table that is seen through it, and for how many milliseconds each query sleeps
 */
export function slowViews(
  views: Readonly<Record<string, { readonly table: string; readonly ms: number }>>,
): Pick<CorpusCase, 'tables' | 'dropTables'> {
  return {
    async tables(db) {
      await defineSlowMs(db)
      for (const [name, { table, ms }] of Object.entries(views)) {
        // The limit keeps both engines from sleeping once for each row.
        await db.raw(`create view ${name} as select ${table}.*
          from (select slow_ms(${ms}) as slept limit 1) as nap cross join ${table} where nap.slept = 0`)
      }
    },
    async dropTables(db) {
      for (const name of Object.keys(views)) await db.raw(`drop view ${name}`)
    },
  }
}

async function defineSlowMs(db: Knex): Promise<void> {
  if (isSqlite(db)) {
    const nobodyWakes = new Int32Array(new SharedArrayBuffer(4))
    await defineSqliteFunction(db, 'slow_ms', (ms) => {
      Atomics.wait(nobodyWakes, 0, 0, ms)
      return 0
    })
    return
  }
  await db.raw(`create or replace function slow_ms(ms integer) returns integer language plpgsql volatile as $$
    begin
      perform pg_sleep(ms / 1000.0);
      return 0;
    end $$`)
}
