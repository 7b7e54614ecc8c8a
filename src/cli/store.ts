import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Store } from '../model/store.js'
import { openSqliteStore } from '../store/sqlite-store.js'
import { type Output, UsageError } from './command.js'

/** For the `--help` of every command that reads a store. */
export const STORE_HELP = "--store <file>     silk's own file; default: $SILK_STORE, else .silk/silk.db"

/**
 * The file of the store, which must be there.
 *
 * @throws UsageError for one that is not
 */
export function storeFile(given: string | undefined): string {
  const [source, file] =
    given === undefined ? ['SILK_STORE', process.env.SILK_STORE || '.silk/silk.db'] : ['--store', given]
  const path = resolve(file)
  if (existsSync(path) && statSync(path).isFile()) return path
  const why = existsSync(path) ? 'it is no file' : 'there is no such file'
  throw new UsageError(
    `${source} is "${file}", and ${why}; allowed: the SQLite file that silk records into. ` +
      'Run this where the app runs, or name the file by --store or SILK_STORE.',
  )
}

/**
 * Opens the store of a running app, or of none; one of an older layout is brought up to date first.
 *
 * @param mayBeNew whether a file that is not there is made
 * @throws StoreError by rejection when the store cannot be used: written by a newer silk, damaged, of something else
 */
export async function withStore<R>(
  given: string | undefined,
  output: Output,
  use: (store: Store, file: string) => Promise<R>,
  mayBeNew = false,
): Promise<R> {
  const file = mayBeNew && given !== undefined ? resolve(given) : storeFile(given)
  const onWarning = (error: Error): void => output.complain(error.message)
  const store = openSqliteStore({ file, retentionCount: Number.MAX_SAFE_INTEGER, onWarning })
  try {
    return await use(store, file)
  } finally {
    await store.writer.close()
  }
}
