import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Ground } from './study.js'

/** A store with so many requests of the example app, by fill-store.ts: about three thousand a second. */
export function filledStore({ root, folder, say }: Ground, requests: number, name: string): string {
  const file = join(folder, `${name}-${requests}.db`)
  if (requests === 0) return file
  say(`a store of ${requests} requests`)
  const script = ['--import', 'tsx', join(root, 'bench', 'fill-store.ts'), file, String(requests)]
  const environment = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'example-app', 'tsconfig.json') }
  const filled = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8', env: environment })
  if (filled.status !== 0) throw new Error(`bench/fill-store.ts failed:\n${filled.stderr}`)
  return file
}
