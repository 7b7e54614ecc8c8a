import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Builds dist/ when a source is newer, so that a test run by itself never meets a stale build. */
export default function setup(): void {
  if (isFresh()) return
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const build = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' })
  if (build.status === 0) return
  const problem = `The build has errors:\n${build.stdout}${build.stderr}`
  // tsc emits in spite of type errors: while working, tests of the other files are still worth running.
  if (process.env.CI === 'true' || !existsSync(join(root, 'dist'))) throw new Error(problem)
  console.warn(problem)
}

function isFresh(): boolean {
  const built = filesBelow('dist').map(modifiedAt)
  const sources = [...filesBelow('src'), 'tsconfig.json', 'tsconfig.build.json'].map(modifiedAt)
  const builtNames = new Set(filesBelow('dist').map((file) => file.slice('dist/'.length).replace(/\.js$/, '')))
  const allThere = filesBelow('src').every((file) => builtNames.has(file.slice('src/'.length).replace(/\.ts$/, '')))
  return allThere && Math.min(...built) >= Math.max(...sources)
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/'))
}

function modifiedAt(file: string): number {
  return statSync(join(root, file)).mtimeMs
}
