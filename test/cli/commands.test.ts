import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { sampleProfile } from '../cpu-profile/sample-profile.js'
import { recording as built, query } from '../dashboard/support/build-recordings.js'
import { fillStore, main, root, run, temporaryFolder } from './support.js'

const folder = temporaryFolder()
const store = folder.file('silk.db')
const SECRET = ['hunter', '2'].join('')
const CLEAR_SCREEN = '\u001b[2J\u001b]0;owned\u0007\u202e'

/** With an id of its time, as capture makes them. */
const recording: typeof built = (given = {}) => {
  const one = built({ startedAt: Date.now() - 30_000, ...given })
  const time = one.startedAt.toString(16).padStart(12, '0')
  return { ...one, id: `${time.slice(0, 8)}-${time.slice(8)}${one.id.slice(13)}` }
}

const select = (statement: string, index: number) => {
  const { hash, text } = fingerprint(statement)
  return query({ index, statement, bindings: [index], fingerprint: hash, fingerprintText: text })
}
const recordings = [
  recording({
    startedAt: Date.now() - 50_000,
    request: { url: '/a?x=1', route: '/a' },
    queries: [select('select * from books where id = ?', 0)],
  }),
  recording({
    cpuProfile: sampleProfile([{ name: 'build', url: 'src/reports.ts', line: 3, ms: 12 }]),
    startedAt: Date.now() - 40_000,
    request: { url: '/b', route: '/b', method: 'POST' },
    response: { status: 503 },
  }),
  recording({ request: { url: `/odd${CLEAR_SCREEN}`, route: '/odd' } }),
]
const [first, second, odd] = recordings.map(({ id }) => id)

beforeAll(() =>
  fillStore(
    store,
    recordings.map((one) => ({ recording: one, occurrences: [] })),
  ),
)
afterAll(() => folder.remove())

const cli = (...args: string[]) => run([...args, '--store', store])
const jsonOf = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).out)

describe('list', () => {
  test('shows requests, the newest first, and filters them as the page does', async () => {
    const { code, out } = await cli('list')
    const some = await jsonOf('list', '--min-queries', '1', '--route', '/a', '--since', '1h')

    expect([code, out.split('\n')[0]?.startsWith('Id ')]).toEqual([0, true])
    expect(out.indexOf(String(odd))).toBeLessThan(out.indexOf(String(first)))
    expect(some.items.map(({ id }: { id: string }) => id)).toEqual([first])
    expect(Object.keys(some)).toEqual(['items', 'next', 'previous', 'total'])
  })

  test('goes on where the page before ended', async () => {
    const { next } = await jsonOf('list', '--limit', '2')

    expect((await jsonOf('list', '--before', next)).items).toHaveLength(1)
  })

  test.each([
    ['time', () => [first, second, odd]],
    ['route', () => [first, second, odd]],
    ['-route', () => [odd, second, first]],
  ])('sorted by %s goes on with what its last line says', async (sort, ids) => {
    const seen: string[] = []
    let further: readonly string[] = []
    for (let page = 0; page < 3; page++) {
      const { out } = await cli('list', '--limit', '1', `--sort=${sort}`, ...further)
      seen.push(out.split('\n')[1]?.split(' ')[0] ?? '')
      further = / further ones: (--\w+ \S+)/.exec(out)?.[1]?.split(' ') ?? []
    }

    expect([seen, further]).toEqual([ids(), []])
  })

  test('prints nothing that a terminal would obey', async () => {
    for (const args of [['list'], ['show', String(odd)], ['statements'], ['findings']]) {
      expect((await cli(...args)).out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })

  test.each([
    [['--status', '99'], '--status is "99"; allowed: a status code such as 404'],
    [['--min-queries', 'many'], '--min-queries is "many"; allowed: a whole number'],
    [['--before', 'a', '--after', 'b'], '--before and --after cannot both be given'],
    [['--min_queries', '1'], '--min-queries'],
    [['more'], '"more" is one word too many'],
  ])('does not understand %o', async (args, message) => {
    const { code, out, err } = await cli('list', ...args)

    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  test('is silent when its reader goes away', async () => {
    const child = spawn('bash', ['-c', `"${process.execPath}" "${main}" export --store "${store}" | head -c 1`])
    let err = ''
    child.stderr.on('data', (piece) => {
      err += piece
    })
    await new Promise((resolve) => child.on('close', resolve))

    expect(err).toBe('')
  })
})

describe('show', () => {
  test('tells a recording, as text, as JSON and as code', async () => {
    expect((await cli('show', String(first))).out).toContain('select * from books where id = ?')
    expect(await jsonOf('show', String(first))).toMatchObject({ id: first, queryCount: 1 })
    expect((await cli('show', String(first), '--as', 'curl')).out).toContain("'http://localhost:3000/a?x=1'")
  })

  test('names the CPU profile, and writes it, but never over a file', async () => {
    const file = folder.file('one.cpuprofile')

    expect((await cli('show', second ?? '')).out).toContain('CPU profile: 12')
    expect((await cli('show', second ?? '', '--cpu-profile', file)).code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8')).nodes[1].callFrame.functionName).toBe('build')
    expect(await cli('show', second ?? '', '--cpu-profile', file)).toMatchObject({ code: 1 })
    expect((await cli('show', first ?? '', '--cpu-profile', folder.file('two'))).err).toContain('No CPU profile')
  })

  test('fails for one that is not there, and does not understand another form', async () => {
    expect(await cli('show', 'nothing')).toMatchObject({ code: 1, err: expect.stringContaining('No recording') })
    expect(await cli('show', String(first), '--as', 'wget')).toMatchObject({ code: 2 })
  })
})

test('statements and findings are listed', async () => {
  expect((await jsonOf('statements')).items).toMatchObject([{ text: 'select * from books where id = ?', calls: 1 }])
  expect(await jsonOf('findings')).toMatchObject({ items: [], total: 0 })
  expect(await cli('findings', '--state', 'gone')).toMatchObject({ code: 2, err: expect.stringContaining('--state') })
})

describe.each(['list', 'show x', 'findings', 'statements', 'export', 'clear', 'prune --keep 1', 'serve'])(
  '%s',
  (typed) => {
    test('says what to do where there is no store', async () => {
      const { code, err } = await run(typed.split(' '), { cwd: folder.path })

      expect(code).toBe(2)
      expect(err).toContain('and there is no such file')
      expect(err).toContain('--store or SILK_STORE')
    })

    test('has help', async () => {
      const { code, out } = await run([typed.split(' ')[0] ?? '', '--help'])

      expect(code).toBe(0)
      expect(out).toMatch(/^Usage: express-silk .*[\s\S]*Exit code: 0/)
    })
  },
)

describe('export and import', () => {
  const file = folder.file('all.jsonl')
  const copy = folder.file('copy.db')

  test('carry recordings from one store to another, once', async () => {
    await cli('export', file)
    const added = await run(['import', file, '--store', copy, '--json'])
    const again = await run(['import', file, '--store', copy, '--json'])
    const show = async (where: string) =>
      JSON.parse((await run(['show', String(first), '--json', '--store', where])).out)

    expect(JSON.parse(added.out)).toEqual({ read: 3, added: 3, known: 0 })
    expect(JSON.parse(again.out)).toEqual({ read: 3, added: 0, known: 3 })
    const [here, there] = [await show(store), await show(copy)]
    expect(there).toMatchObject({
      id: first,
      startedAt: here.startedAt,
      queries: here.queries,
      durationMs: here.durationMs,
    })
  })

  test('write all that match, whichever way they are sorted', async () => {
    const many = folder.file('many.db')
    const requests = Array.from({ length: 201 }, (_, at) => recording({ startedAt: Date.now() - 10_000 + at }))
    await fillStore(
      many,
      requests.map((one) => ({ recording: one, occurrences: [] })),
    )
    const { out } = await run(['export', '--sort', 'time', '--store', many])
    const ids = out.split('\n').flatMap((line) => (line.includes('"id"') ? [JSON.parse(line).id] : []))

    expect(ids).toEqual(requests.map(({ id }) => id))
  })

  test('write HAR, and never over a file', async () => {
    expect(JSON.parse((await cli('export', '--format', 'har')).out).log.entries).toHaveLength(3)
    expect(await cli('export', file)).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
  })

  const [head = '', line = ''] = [
    '{"format":"express-silk","version":1}',
    JSON.stringify({
      ...{ id: '01932f00-0000-7000-8000-00000000beef', kind: 'request', startedAt: '2026-11-22T08:40:00.000Z' },
      ...{
        durationMs: 1,
        overheadMs: 0,
        queryCount: 0,
        sqlMs: 0,
        sqlWallMs: 0,
        poolWaitMs: 0,
        queries: [],
        occurrences: [],
      },
      request: {
        method: 'GET',
        url: `/x?token=${SECRET}`,
        path: '/x',
        route: '/x',
        headers: { authorization: SECRET },
      },
    }),
  ]

  test('take hundreds of recordings of one moment', async () => {
    const target = folder.file('moment.db')
    const lines = Array.from({ length: 300 }, (_, n) => line.replace('beef', n.toString(16).padStart(4, '0')))
    const { out } = await run(['import', '-', '--store', target, '--json'], { input: [head, ...lines].join('\n') })
    expect(JSON.parse(out)).toEqual({ read: 300, added: 300, known: 0 })
  })

  test('mask anew what comes from elsewhere', async () => {
    const target = folder.file('masked.db')
    await run(['import', '-', '--store', target], { input: `${head}\n${line}\n` })
    const { out } = await run(['export', '--store', target])

    expect(out).toContain('/x?token=[redacted]')
    expect(out).not.toContain(SECRET)
    expect(readFileSync(target).includes(SECRET)).toBe(false)
  })

  test.each([
    ['nothing', '', 'is empty'],
    ['no JSON', 'hello', 'Line 1: it is no JSON'],
    ['another file', '{"log":{}}', 'Line 1: format is missing'],
    ['a newer version', '{"format":"express-silk","version":2}', 'Line 1: version is 2; allowed: 1'],
    ['a broken line', `${head}\n${line}\n{"id":`, 'Line 3: it is no JSON'],
    ['a wrong type', `${head}\n${line.replace('"GET"', '7')}`, 'Line 2: request.method is 7; allowed'],
    ['a time that is none', `${head}\n${line.replace('2026-11-22T', 'soon ')}`, 'Line 2: startedAt is'],
    ['an id that is none', `${head}\n${line.replace('01932f00', '../../x')}`, 'Line 2: id is'],
    [
      'a place that is no source',
      `${head}\n${line.replace('"queries":[]', '"queries":[{"statement":"x","bindings":[],"connection":"c","startMs":0,"late":false,"callSite":{"file":".env","line":1,"column":1,"function":null,"source":"captured"}}]')}`,
      'Line 2: queries[0].callSite.file is ".env"; allowed: a source file',
    ],
    [
      'terminal escapes',
      `${head}\n{"id":"${CLEAR_SCREEN.replaceAll('\u001b', '\\u001b').replaceAll('\u0007', '\\u0007')}"}`,
      'Line 2: id is',
    ],
  ])('refuse %s, by line and field', async (_, input, message) => {
    const { code, err } = await run(['import', '-', '--store', folder.file('refused.db')], { input })

    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})

describe('prune and clear', () => {
  const many = async (name: string): Promise<string> => {
    const file = folder.file(name)
    const body = { headers: { 'x-large': 'y'.repeat(2_000) } }
    const made = Array.from({ length: 300 }, (_, at) =>
      recording({ startedAt: Date.now() - at * 60_000, request: { ...body, url: `/${at}` } }),
    )
    await fillStore(
      file,
      made.map((one) => ({ recording: one, occurrences: [] })),
    )
    return file
  }

  test('prune keeps the newest, by number', async () => {
    const file = await many('number.db')
    const { removed } = JSON.parse((await run(['prune', '--keep', '10', '--store', file, '--json'])).out)

    expect(removed).toBe(290)
    expect(JSON.parse((await run(['list', '--store', file, '--json'])).out).items).toHaveLength(10)
  })

  test('clear deletes all when it is told to be sure, and else nothing', async () => {
    const file = await many('clear.db')
    const unsure = await run(['clear', '--store', file])
    const sure = await run(['clear', '--yes', '--store', file])

    expect(unsure).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes is missing: it deletes 300 recordings'),
    })
    expect(sure).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Deleted 300 recordings in .*; freed [\d.]+ .B/),
    })
    expect(JSON.parse((await run(['list', '--store', file, '--json'])).out).items).toEqual([])
  })

  test.each([[[]], [['--keep', 'few']], [['--older-than', '7']], [['--max-size', 'small']]])(
    'prune does not understand %o',
    async (args) => {
      expect(await cli('prune', ...args)).toMatchObject({ code: 2, err: expect.stringContaining('allowed: ') })
    },
  )
})

test('serve shows the dashboard on the store, until it is told to end', async () => {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--store', store], { cwd: root })
  const address = await new Promise<string>((resolve) => {
    child.stdout.on('data', (piece) => resolve(/http:\S+/.exec(String(piece))?.[0] ?? ''))
  })
  const list = (await (await fetch(`${address}/requests.json`)).json()) as { items: { id: string }[] }
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.on('close', resolve))

  expect(list.items.map(({ id }) => id)).toContain(second)
  expect(code).toBe(0)
})

test('a file that is no store is said to be none', async () => {
  const file = folder.file('other.db')
  writeFileSync(file, 'this is no database, and was here before silk came '.repeat(100))

  expect(await run(['list', '--store', file])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not a database'),
  })
})
