import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

// Types and blank lines before the queries, so that a line of the compiled file is not the line of the source.
const SOURCE = `import express from 'express'
import knex from 'knex'
import { createRequire } from 'node:module'

interface Author {
  id: number
  name: string
}

const silk = createRequire(import.meta.url)(SILK)
const db = knex({ client: 'better-sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true })
const profiler = silk({ store: ':memory:' })
const app = express()
app.use(profiler)

function numberOf(author: Author): number {
  return author.id
}

app.get('/', async (_req, res) => {
  await db.raw('select 1 as one') // line 21
  const authors: Author[] = [{ id: 1, name: 'a' }, { id: 2, name: 'b' }]
  await Promise.all(authors.map((author: Author) =>
    db.raw('select ? as n', [numberOf(author)]))) // line 24
  await db.transaction(async (trx) => {
    await trx.raw('select 3 as three') // line 26
  })
  res.end()
})

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number }
  const origin = \`http://127.0.0.1:\${port}\`
  await (await fetch(origin)).text()
  await profiler.flush()
  const list = await (await fetch(\`\${origin}/silk/requests.json\`)).json() as { items: { id: string }[] }
  const [first] = list.items
  const recording = await (await fetch(\`\${origin}/silk/requests/\${first?.id}.json\`)).json() as {
    queries: { statement: string, callSite: { file: string, line: number } | null }[]
  }
  const sites = recording.queries.map(({ statement, callSite }) => [statement, callSite?.file, callSite?.line])
  console.log(JSON.stringify(sites))
  server.close()
  server.closeAllConnections()
  await profiler.close()
  await db.destroy()
})
`.replace('SILK', JSON.stringify(join(root, 'dist/index.js')))

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'silk-runners-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'app.ts'), SOURCE)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const compilerOptions = { target: 'es2022', module: 'nodenext', outDir: 'out', sourceMap: true, strict: true }
  const types = { skipLibCheck: true, types: ['node'], rootDir: '.' }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...types }, files: ['app.ts'] }),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function sitesOf(args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 30_000 })
  return JSON.parse(stdout)
}

const SITES = [
  ['select 1 as one', 'app.ts', 21],
  ['select ? as n', 'app.ts', 24],
  ['select ? as n', 'app.ts', 24],
  ['BEGIN;', 'app.ts', 25],
  ['select 3 as three', 'app.ts', 26],
  ['COMMIT;', 'app.ts', 25],
]

describe('call sites name the TypeScript source', () => {
  test('under tsx', async () => {
    const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href

    expect(await sitesOf(['--import', tsx, 'app.ts'])).toEqual(SITES)
  })

  test('compiled by tsc and run with --enable-source-maps', async () => {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder })

    expect(await sitesOf(['--enable-source-maps', 'out/app.js'])).toEqual(SITES)
  })

  test('without source maps, the line of the compiled file', async () => {
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: folder })

    const sites = (await sitesOf(['out/app.js'])) as [string, string, number][]

    expect(sites.map(([, file]) => file)).toEqual(Array(6).fill('out/app.js'))
  })
})
