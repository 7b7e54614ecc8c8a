import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const NAMED = [
  ...['express', 'knex', 'better-sqlite3', 'pg', 'mysql2', 'objection', 'bookshelf'],
  ...['typescript', 'tsx', 'vitest', 'jest'],
]

/** The versions that were really there. */
export function createVersions(): { add(project: string, node: string): void; text(): string } {
  const seen = new Map<string, Set<string>>()
  const note = (name: string, version: string): void => {
    seen.set(name, (seen.get(name) ?? new Set()).add(version))
  }
  return {
    add(project, node) {
      note('Node', node)
      for (const name of NAMED) {
        const manifest = join(project, 'node_modules', name, 'package.json')
        if (existsSync(manifest))
          note(name, (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version)
      }
    },
    text() {
      const lists = ['Node', ...NAMED].flatMap((name) => {
        const versions = [...(seen.get(name) ?? [])].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        return versions.length > 0 ? [`${name} ${versions.join(', ')}`] : []
      })
      return `Tried with ${lists.join('; ')}.`
    },
  }
}
