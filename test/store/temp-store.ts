import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { openSqliteStore, type SqliteStoreOptions } from '#dist/store/sqlite-store.js'
import type { Store } from '../../src/model/store.js'

/** The built store, for processes of their own. */
export const BUILT_STORE: string = new URL('../../dist/store/sqlite-store.js', import.meta.url).href

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** A folder that goes with the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'silk-store-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface OpenedStore {
  readonly store: Store
  readonly file: string
  readonly warnings: readonly string[]
}

/** A store on a real file, closed when the test ends. */
export function openStore(options: Partial<SqliteStoreOptions> = {}): OpenedStore {
  const file = options.file ?? join(tempFolder(), '.silk', 'silk.db')
  const warnings: string[] = []
  const store = openSqliteStore({
    retentionCount: 10_000,
    onWarning: (error) => warnings.push(error.message),
    ...options,
    file,
  })
  onTestFinished(() => store.writer.close())
  return { store, file, warnings }
}
