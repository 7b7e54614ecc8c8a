import type { Knex } from 'knex'
import { defineSqliteFunction, isSqlite } from './sqlite-function.js'

/** `unsteady_stock (id, stock)`: the first query of it fails, as after a lost connection; the next ones do not. */
export async function createUnsteadyView(db: Knex): Promise<void> {
  if (isSqlite(db)) {
    let calls = 0
    await defineSqliteFunction(db, 'unsteady', () => {
      calls++
      if (calls === 1) throw new Error('could not serialize access')
      return 1
    })
  } else {
    await db.raw('create sequence unsteady_calls')
    await db.raw(`create function unsteady() returns integer language plpgsql volatile as $$
      begin
        if nextval('unsteady_calls') = 1 then raise exception 'could not serialize access'; end if;
        return 1;
      end $$`)
  }
  await db.raw('create view unsteady_stock as select id, stock from books where unsteady() = 1')
}

export async function dropUnsteadyView(db: Knex): Promise<void> {
  await db.raw('drop view unsteady_stock')
  if (isSqlite(db)) return
  await db.raw('drop function unsteady()')
  await db.raw('drop sequence unsteady_calls')
}
