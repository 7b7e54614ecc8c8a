import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeVersion } from './node-versions.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds and packs express-silk as it would be published. @returns the tarball */
export async function packInto(folder: string): Promise<string> {
  const node = await nodeVersion(process.versions.node)
  await node.npm(root, ['pack', '--pack-destination', folder])
  return join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '')
}

/** A new project that holds what is in `fixture`, and depends on nothing. */
export function emptyProject(folder: string, fixture: string, manifest: object = {}): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }))
  cpSync(fixture, folder, { recursive: true })
  return folder
}
