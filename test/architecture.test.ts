import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

// Who may import whom: ARCHITECTURE.md in a form that runs. A room sees the rooms and packages of its line, no others.
const rooms: Readonly<Record<string, readonly string[]>> = {
  model: [],
  sql: ['model', 'node:crypto'],
  analysis: ['model', 'sql'],
  capture: ['model', 'sql', 'node:*', 'express', 'cls-hooked'],
  explain: ['model', 'sql'],
  store: ['model', 'sql', 'node:*', 'knex', 'better-sqlite3', 'better-sqlite3-13'],
  codegen: ['model'],
  testing: ['model', 'capture', 'node:*'],
  dashboard: ['model', 'sql', 'codegen', 'node:*', 'express', 'ejs', 'valibot'],
  highlighting: ['model', 'node:module', 'highlight.js'],
  cli: [
    'model',
    'sql',
    'capture',
    'explain',
    'codegen',
    'store',
    'dashboard',
    'highlighting',
    'node:*',
    'knex',
    'valibot',
    'express',
  ],
}
// Files directly in src/ join the rooms and may import them all, but for the public surface, which holds no logic.
const publicSurface = ['./profiler.js', './options.js', './errors.js']

const root = fileURLToPath(new URL('../', import.meta.url))
const sources = new Map(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.replaceAll('\\', '/'), importsOf(readFileSync(join(root, 'src', file), 'utf8'))]),
)

/** What a source imports, for types too: static, re-exported, dynamic and by require. Comments do not count. */
function importsOf(source: string): readonly string[] {
  const code = source.replace(/^\s*(\/\/|\/\*|\*).*$/gm, '')
  const patterns = [/^(?:import|export)\s[\w\s{},*$]*?from\s+'([^']+)'/gm, /^import\s+'([^']+)'/gm]
  const calls = /\b(?:import|require)\w*\(\s*'([^']+)'\s*\)/g
  return [...patterns, calls].flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))
}

/** `store/rows.ts` + `../model/query.js` -> `model/query.ts` */
function resolve(from: string, specifier: string): string {
  return posix.normalize(posix.join(dirname(from), specifier)).replace(/\.js$/, '.ts')
}

function roomOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'src'
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

function isAllowed(file: string, specifier: string): boolean {
  const room = roomOf(file)
  if (file === 'index.ts') return publicSurface.includes(specifier) || specifier.startsWith('./model/')
  if (room === 'src') return true
  const allowed = rooms[room] ?? []
  if (specifier.startsWith('.')) {
    const target = roomOf(resolve(file, specifier))
    return target === room || allowed.includes(target)
  }
  if (specifier.startsWith('node:')) return allowed.includes('node:*') || allowed.includes(specifier)
  return allowed.includes(packageOf(specifier))
}

function findCycle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return null
    done.add(file)
    for (const specifier of imports.get(file) ?? []) {
      const cycle = specifier.startsWith('.') ? visit(resolve(file, specifier), [...path, file]) : null
      if (cycle !== null) return cycle
    }
    return null
  }
  for (const file of imports.keys()) {
    const cycle = visit(file, [])
    if (cycle !== null) return cycle
  }
  return null
}

describe('the rooms of src/', () => {
  test('are those of the table', () => {
    const found = [...new Set([...sources.keys()].map(roomOf))].filter((room) => room !== 'src').sort()
    expect(found).toEqual(Object.keys(rooms).sort())
  })

  test('import only what the table allows', () => {
    const forbidden = [...sources].flatMap(([file, specifiers]) =>
      specifiers.filter((specifier) => !isAllowed(file, specifier)).map((specifier) => `${file} imports ${specifier}`),
    )
    expect(forbidden).toEqual([])
  })

  test('have no import cycle', () => {
    expect(findCycle(sources)).toEqual(null)
  })
})

describe('these rules', () => {
  test.each([
    ['store/writer.ts', '../capture/recorder.js'],
    ['capture/middleware.ts', '../store/writer.js'],
    ['model/query.ts', 'node:crypto'],
    ['sql/fingerprint.ts', 'node:fs'],
    ['analysis/analyze.ts', 'knex'],
    ['dashboard/pages/code.ts', 'highlight.js/lib/core'],
    ['dashboard/router.ts', '../profiler.js'],
    ['attic/anything.ts', '../model/query.js'],
    ['index.ts', './store/writer.js'],
  ])('forbid %s to import %s', (file, specifier) => {
    expect(isAllowed(file, specifier)).toBe(false)
  })

  test.each([
    ['store/writer.ts', '../model/store.js'],
    ['store/writer.ts', './rows.js'],
    ['sql/fingerprint.ts', 'node:crypto'],
    ['highlighting/highlight.ts', 'highlight.js/lib/core'],
    ['profiler.ts', './capture/middleware.js'],
    ['index.ts', './profiler.js'],
  ])('allow %s to import %s', (file, specifier) => {
    expect(isAllowed(file, specifier)).toBe(true)
  })

  test('see every form of import, and none in a comment', () => {
    const source = [
      "import type { A } from './a.js'",
      "import b, {\n  type C,\n} from './b.js'",
      "import './c.js'",
      "export { d } from './d.js'",
      "const e = await import('./e.js')",
      "const f = requireFromHere('./f.js')",
      " * import silk from 'express-silk'",
      '// import("./g.js")',
      "export const sql = `select * from 'h'`",
    ].join('\n')
    expect([...importsOf(source)].sort()).toEqual(['./a.js', './b.js', './c.js', './d.js', './e.js', './f.js'])
  })

  test('find a cycle', () => {
    const imports = new Map([
      ['x/a.ts', ['./b.js']],
      ['x/b.ts', ['../y/c.js']],
      ['y/c.ts', ['../x/a.js']],
    ])
    expect(findCycle(imports)).toEqual(['x/a.ts', 'x/b.ts', 'y/c.ts', 'x/a.ts'])
  })
})
