import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeVersion } from './node-versions.js'
import { emptyProject, packInto } from './project.js'

const fixture = fileURLToPath(new URL('./fixture/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'express-silk-packed-'))
// The floor of `engines` in package.json.
const oldestNode = '20.19.0'
const lineInLoop =
  1 +
  readFileSync(join(fixture, 'app.mjs'), 'utf8')
    .split('\n')
    .findIndex((line) => /where\(\{ id/.test(line))
let tarball = ''

// A machine with neither a compiler nor a way to download a binary: node-gyp finds no headers, the download no host.
const nothingToBuildWith = {
  npm_config_nodedir: join(folder, 'no-headers'),
  npm_config_better_sqlite3_binary_host: 'http://127.0.0.1:9',
}

beforeAll(async () => {
  tarball = await packInto(folder)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.concurrent('the packed package, installed into an empty project', () => {
  test.for([
    { major: 20, appDriver: 'better-sqlite3@12', env: {}, addon: /\/better-sqlite3\/build\// },
    { major: 22, appDriver: 'better-sqlite3@12', env: {}, addon: /\/better-sqlite3\/build\// },
    {
      major: 24,
      appDriver: 'better-sqlite3@13',
      env: nothingToBuildWith,
      addon: /\/better-sqlite3-13\/prebuilds\//,
    },
  ])('records an app under load on Node $major', async ({ major, appDriver, env, addon }) => {
    const node = await nodeVersion(`${major}`)
    const project = emptyProject(join(folder, `node-${major}`), fixture)
    await node.npm(project, ['install', tarball, 'express@5', 'knex@3', appDriver], env)

    const seen = JSON.parse(await node.node(project, ['--expose-gc', 'app.mjs']))

    expect(seen.node).toMatch(new RegExp(`^${major}\\.`))
    expect(seen.requireGivesTheFunction).toBe(true)
    expect(seen.sqliteAddons).toContainEqual(expect.stringMatching(addon))
    expect(seen.overview.requestCount).toBe(300)
    expect(seen.overview.findings).toHaveLength(1)
    expect(seen.overview.findings[0].latest).toMatchObject({
      kind: 'n-plus-one',
      count: 10,
      callSite: { file: 'app.mjs', line: lineInLoop },
    })
  })

  test('is required by a CommonJS app on the oldest Node as the function itself, and off it needs no SQLite', async () => {
    const node = await nodeVersion(oldestNode)
    const project = emptyProject(join(folder, 'commonjs'), fixture)
    await node.npm(project, ['install', '--omit=optional', tarball, 'express@4'])
    expect(existsSync(join(project, 'node_modules', 'better-sqlite3'))).toBe(false)

    const seen = JSON.parse(await node.node(project, ['app.cjs']))

    expect(seen).toEqual({ node: oldestNode, type: 'function', body: 'hello' })
  })
})
