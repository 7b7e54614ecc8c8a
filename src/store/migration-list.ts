import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

// The same depth from src/store/ and from dist/store/.
const FOLDER = new URL('../../migrations/', import.meta.url)
const PACKAGE = new URL('../../package.json', import.meta.url)

let names: readonly string[] | undefined

/** File names of the migrations that this silk knows, in order. The newest one names the schema. */
export function migrationNames(): readonly string[] {
  names ??= readdirSync(FOLDER)
    .filter((name) => /^\d{3}-[\w-]+\.js$/.test(name))
    .sort()
  return names
}

export function migrationUrl(name: string): URL {
  return new URL(name, FOLDER)
}

/** The version of this silk, kept in the store so that an older silk can name the newer one. */
export async function silkVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string }
  return version
}
