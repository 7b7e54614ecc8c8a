import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import silk from 'express-silk'
import { expect, onTestFinished, test } from 'vitest'
import { start } from './support.js'

const run = promisify(execFile)
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

// It takes silk by hand: what tsc writes lies outside of the project, where no package is found.
const SOURCE = `export function make(silk: any): any {
  class Reports {
    factor = 2
    @silk.span()
    build(count: number) { return count * this.factor }
    @silk.span('slow report', { tags: { of: 'tests' } })
    async slow(count: number) { return (await this.fails().catch(() => count)) * this.factor }
    @silk.span()
    async fails(): Promise<number> { throw new RangeError('no') }
    @silk.span()
    static total(counts: number[]) { return counts.length }
  }
  return Reports
}
`

interface Reports {
  build(count: number): number
  slow(count: number): Promise<number>
  fails(): Promise<number>
}

/** The classes as TypeScript itself compiles them. */
async function compiled(flags: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'silk-decorators-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'reports.ts'), SOURCE)
  const options = ['--target', 'es2022', '--module', 'nodenext', '--skipLibCheck', '--types', '', ...flags]
  await run(process.execPath, [tsc, ...options, join(folder, 'reports.ts')], { cwd: folder })
  const { make } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'reports.js')).href)) as {
    make(given: typeof silk): (new () => Reports) & { total(counts: number[]): number }
  }
  return make(silk)
}

test.each([
  ['standard decorators', [], ['build', 'slow report', 'fails', 'total']],
  [
    'experimentalDecorators',
    ['--experimentalDecorators'],
    ['Reports.build', 'slow report', 'Reports.fails', 'Reports.total'],
  ],
] as const)('methods are spans by %s, and do what they did', async (_, flags, names) => {
  const Reports = await compiled(flags)
  const started = await start()

  const results = await silk.record('job', async () => {
    const reports = new Reports()
    return [reports.build(3), await reports.slow(4), Reports.total([1, 2])]
  })

  const { spans } = await started.newest('job')
  const inOrder = [names[0], names[1], names[2], names[3]]
  expect(results).toEqual([6, 8, 2])
  expect(spans.map(({ name }) => name)).toEqual(inOrder)
  expect(spans.map(({ parentIndex }) => parentIndex)).toEqual([null, null, 1, null])
  expect(spans[1]?.tags).toEqual({ of: 'tests' })
  expect(spans[2]?.error).toContain('RangeError: no')
  expect(new Reports().build(5)).toBe(10)
})
