import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readArguments } from '../../bench/http/arguments.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

async function bench(...args: readonly string[]): Promise<string> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', 'bench/tsconfig.json'], { cwd: root })
  const { stdout } = await run(process.execPath, [join(root, 'bench', 'dist', 'bench', 'run.js'), ...args])
  return stdout
}

describe('npm run bench', () => {
  test('tells what a configuration costs, by endpoint, as JSON', async () => {
    const smallest = [
      '--apps',
      'sqlite',
      '--queries',
      '2,51',
      '--starts',
      '1',
      '--rounds',
      '2',
      '--turn',
      '2',
      '--no-bytes',
    ]

    const { rows, ...about } = JSON.parse(await bench('--configs', 'silk', ...smallest, '--json'))

    expect(about).toMatchObject({ node: process.versions.node, plan: { starts: 1, rounds: 2, concurrency: 8 } })
    expect(rows.map((row: { queries: number; configuration: string }) => [row.queries, row.configuration])).toEqual([
      [2, 'bare'],
      [2, 'silk'],
      [51, 'bare'],
      [51, 'silk'],
    ])
    const spread = { median: expect.any(Number), low: expect.any(Number), high: expect.any(Number) }
    for (const row of rows) {
      expect(row).toMatchObject({
        app: 'sqlite',
        cpuUs: expect.any(Number),
        toBare: spread,
        requestsPerSecond: expect.any(Number),
        p50Ms: expect.any(Number),
        p99Ms: expect.any(Number),
        loopP99Ms: expect.any(Number),
        rssMb: expect.any(Number),
        heapMb: expect.any(Number),
      })
    }
    expect(rows[0].toBare).toEqual({ median: 1, low: 1, high: 1 })
    expect(rows[3].recordedShare).toBe(1)
  }, 60_000)

  test.each([
    [['--configs', 'silk,newrelic'], "--configs 'newrelic' must be one of: bare, bare-again, als, off, silk,"],
    [['--apps', 'mysql'], "--apps 'mysql' must be one of: sqlite, postgres"],
    [['--queries', '5000'], "--queries '5000' must be a whole number from 0 to 1001"],
    [['--rounds', '0'], "--rounds '0' must be a whole number from 1 to 500"],
    [['--node', '/nowhere'], "--node '/nowhere' must be a file that can be run"],
    [['--speed'], "Unknown option '--speed'"],
  ])('refuses %j, and says what is allowed', (args, message) => {
    expect(() => readArguments(args, {})).toThrow(message)
  })
})
