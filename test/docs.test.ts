import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { describeSettings, resolveOptions } from '../src/options.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../', import.meta.url))
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const README = read('README.md')
const DOCS = ['README.md', 'CONTRIBUTING.md', ...readdirSync(`${root}docs`).map((file) => `docs/${file}`)].filter(
  (file) => file.endsWith('.md'),
)

function codeBlocks(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code ?? '')
}

describe('docs/options.md', () => {
  const text = read('docs/options.md')

  test.each(describeSettings(resolveOptions({}, {})).map(({ name }) => [name]))('has the option %s', (name) => {
    expect(text).toContain(`| \`${name}\` |`)
  })

  test.each(['SILK_ENABLED', 'SILK_PATH', 'SILK_STORE', 'SILK_CONTEXT', 'SILK_SESSION'])(
    'has the variable %s',
    (name) => {
      expect(text).toContain(`| \`${name}\` |`)
    },
  )
})

test('docs/findings.md has a section for each detector', () => {
  const kinds = readdirSync(`${root}src/analysis/detectors`)
    .filter((file) => file !== 'index.ts')
    .map((file) => file.replace('.ts', ''))

  for (const kind of kinds) expect(read('docs/findings.md')).toContain(`## \`${kind}\``)
})

test('the finding at the top of the README is the one that the demo prints', () => {
  const source = read('example-app/routes/collections.ts').split('\n')
  const [shown = ''] = codeBlocks(README, '')
  const [, line = ''] = /collections\.ts:(\d+)/.exec(shown) ?? []

  expect(source[Number(line) - 1]).toContain("await db<Product>('products').where('collection_id', collection.id)")
})

test('every npm script that the docs name is there', () => {
  const named = DOCS.flatMap((file) => [...read(file).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? ''))

  expect([...new Set(named)].filter((name) => !(name in packageJson.scripts))).toEqual([])
})

test('every file that the docs link to is there', () => {
  const linked = DOCS.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, target]) => new URL(target ?? '', `file://${root}${file}`),
    ),
  )

  for (const target of linked) expect(() => readFileSync(target)).not.toThrow('ENOENT')
})

test('every TypeScript snippet compiles', async () => {
  const snippets = DOCS.flatMap((file) => codeBlocks(read(file), 'ts'))
  const isImport = (line: string): boolean => line.startsWith('import ')
  const imports = new Set(snippets.flatMap((code) => code.split('\n').filter(isImport)))
  const bodies = snippets.map((code, index) => {
    const body = code.split('\n').filter((line) => !isImport(line))
    return `export async function snippet${index}() {\n${body.join('\n')}\n}`
  })
  const surroundings = `declare const app: ReturnType<typeof express>
declare const db: import('knex').Knex
declare const reports: import('knex').Knex
declare global { namespace Express { interface Request { user?: { isStaff: boolean } } } }`
  const folder = `${root}node_modules/.cache/silk-docs`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/snippets.ts`, [...imports, surroundings, ...bodies].join('\n'))
  const compilerOptions = {
    noUnusedLocals: false,
    rootDir: root,
    paths: {
      'express-silk': [`${root}dist/index.d.ts`],
      'express-silk/testing': [`${root}dist/testing/index.d.ts`],
    },
  }
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: `${root}tsconfig.json`, compilerOptions, include: [], files: ['snippets.ts'] }),
  )

  const compiled = await run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  )

  expect(snippets.length).toBeGreaterThan(3)
  expect(compiled.stdout).toBe('')
})
