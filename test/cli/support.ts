import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '#dist/store/sqlite-store.js'
import type { AnalyzedRecording } from '../../src/model/finding.js'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))
export const main: string = join(root, 'dist/cli/main.js')

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs the command line, with its input closed. */
export function run(
  args: readonly string[],
  { cwd = root, env = {}, input }: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, SILK_STORE: undefined, ...env }, maxBuffer: 64e6 }
    const child = execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err })
    })
    child.stdin?.end(input)
  })
}

export function temporaryFolder(): { readonly path: string; readonly file: (name: string) => string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'silk-cli-'))
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

export async function fillStore(file: string, recordings: readonly AnalyzedRecording[]): Promise<void> {
  const { writer } = openSqliteStore({ file, retentionCount: 1_000_000, onWarning: console.warn })
  for (const one of recordings) writer.push(one)
  await writer.flush()
  await writer.close()
}
