import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Request } from 'express'
import silk, { type SilkOptions } from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

const SECRET = 'f2c9b7d41e8a40d6'

/** An app whose one handler answers each path: `/fail` by an error, `/loop` with an N+1. */
async function start(options: SilkOptions) {
  const heard: string[] = []
  const db = await sqliteLibrary()
  const profiler = silk({
    store: ':memory:',
    onError: (error) => heard.push(error.message),
    onFinding: false,
    ...options,
  })
  const app = express()
  app.use(profiler)
  app.get('/loop', async (_req, res) => {
    for (const { id } of await db('authors').limit(6)) await db('books').where('author_id', id)
    res.json(1)
  })
  app.get('/fail', (_req, res) => void res.status(500).json(0))
  app.use((_req, res) => void res.json(1))
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
  })
  const get = (path: string, headers: Record<string, string> = {}) => fetch(server.origin + path, { headers })
  const json = async (path: string) => (await get(`/silk${path.replace(/(?=\?|$)/, '.json')}`)).json()
  return {
    ...{ profiler, heard, get, json, origin: server.origin },
    /** Sends requests one after the other, and tells which are recorded, in order. */
    async recorded(...paths: string[]): Promise<readonly string[]> {
      for (const path of paths) await (await get(path)).text()
      await profiler.flush()
      const { items } = (await json('/requests?limit=200')) as { items: { request: { url: string } }[] }
      return items.map(({ request }) => request.url).toReversed()
    },
    async left() {
      const { process } = (await json('/health')) as { process: { recordings: object; choices: object } }
      return process.choices
    },
  }
}

const NONE_LEFT = { ignored: 0, notAsked: 0, notSampled: 0, notWanted: 0, notKept: 0 }

describe('ignore', () => {
  test.each<[string, NonNullable<SilkOptions['ignore']>, string[], string[]]>([
    ['a path and what is below', ['/a'], ['/a', '/a?x=1', '/a/b', '/ab', '/b/a'], ['/ab', '/b/a']],
    ['a part of a segment', ['/a/*.js'], ['/a/x.js', '/a/x.js?v=1', '/a/b/x.js', '/a/xjs'], ['/a/b/x.js', '/a/xjs']],
    ['any number of segments', ['/a/**/x'], ['/a/x', '/a/b/x', '/a/b/c/x', '/a/bx', '/x'], ['/a/bx', '/x']],
    ['all below', ['/a/**'], ['/a', '/a/b', '/a/b/c', '/b'], ['/a', '/b']],
    ['a pattern', [/\.css$/g], ['/x.css', '/y.css', '/css'], ['/css']],
    ['a function of the path', [(path) => path.length > 3], ['/ab?long=query', '/abc'], ['/ab?long=query']],
  ])('%s', async (_, ignore, paths, left) => {
    const { recorded, left: counts } = await start({ ignore })
    expect(await recorded(...paths)).toEqual(left)
    expect(await counts()).toEqual({ ...NONE_LEFT, ignored: paths.length - left.length })
  })

  test('by a function that throws ignores nothing, and is told', async () => {
    const { recorded, heard } = await start({
      ignore: [
        () => {
          throw new TypeError('no')
        },
      ],
    })
    expect(await recorded('/a')).toEqual(['/a'])
    expect(heard).toEqual(['The option `ignore` threw a TypeError; the request was recorded.'])
  })
})

describe('sample', () => {
  test('records that share of requests, and counts the others', async () => {
    const { recorded, left, get, profiler } = await start({ sample: 0.5 })
    const paths = Array.from({ length: 120 }, (_, at) => `/${at}`)
    const urls = await recorded(...paths)
    // Fewer than 25 or more than 95 of 120 come once in 10^9 runs.
    expect(urls.length).toBeGreaterThanOrEqual(25)
    expect(urls.length).toBeLessThanOrEqual(95)
    expect(await left()).toEqual({ ...NONE_LEFT, notSampled: 120 - urls.length })
    expect(await (await get('/silk/health')).text()).toMatch(/not sampled \(sample\)<\/td><td class="r strong">\d+</)
    expect(await (await get('/silk')).text()).toContain(`${120 - urls.length} left out by your options`)
    await profiler.flush()
  })

  test('0 records none, and leaves answers without headers', async () => {
    const { recorded, get } = await start({ sample: 0 })
    expect(await recorded('/a', '/loop')).toEqual([])
    const { headers } = await get('/a')
    expect(['x-silk-id', 'link', 'server-timing'].map((name) => headers.get(name))).toEqual([null, null, null])
  })

  test('queries of requests that are not sampled are no background work', async () => {
    const { recorded, json } = await start({ sample: 0 })
    await recorded('/loop')
    const { items } = (await json('/requests?kind=background')) as { items: object[] }
    expect(items).toEqual([])
  })
})

describe('shouldRecord', () => {
  test('is asked with the request', async () => {
    const { recorded, left } = await start({ shouldRecord: (req: Request) => req.query.debug === '1' })
    expect(await recorded('/a', '/b?debug=1')).toEqual(['/b?debug=1'])
    expect(await left()).toEqual({ ...NONE_LEFT, notWanted: 1 })
  })

  test.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new RangeError(`of ${SECRET}`)
      },
      'threw a RangeError',
    ],
    ['gives a promise that fails', () => Promise.reject(new Error('later')), 'gave a promise, which is not waited for'],
  ])('where it %s, the request is recorded, and it is told', async (_, shouldRecord, how) => {
    const { recorded, heard, json } = await start({ shouldRecord: shouldRecord as () => boolean })
    expect(await recorded('/a', '/b')).toEqual(['/a', '/b'])
    expect(new Set(heard)).toEqual(new Set([`The option \`shouldRecord\` ${how}; the request was recorded.`]))
    const { process } = (await json('/health')) as { process: { warnings: object[] } }
    expect(process.warnings).toMatchObject([{ doing: 'choosing what to record', count: 2 }])
  })
})

describe('shouldKeep', () => {
  const failedOrFound: NonNullable<SilkOptions['shouldKeep']> = ({ response, occurrences }) =>
    (response?.status ?? 0) >= 500 || occurrences.length > 0

  test('keeps what it says, of what was found too, and the page of others says why they are not there', async () => {
    const { recorded, left, get, profiler } = await start({ shouldKeep: failedOrFound })
    const id = (await get('/a')).headers.get('x-silk-id')
    expect(await recorded('/fail', '/b', '/loop')).toEqual(['/fail', '/loop'])
    expect(await left()).toEqual({ ...NONE_LEFT, notKept: 2 })
    await profiler.flush()
    const page = await get(`/silk/requests/${id}`)
    expect(page.status).toEqual(404)
    expect(await page.text()).toContain('The option `shouldKeep` did not want it.')
  })

  test('is asked about jobs too', async () => {
    const { profiler, json } = await start({ shouldKeep: ({ kind, name }) => kind === 'job' && name === 'kept' })
    for (const name of ['kept', 'dropped']) silk.record(name, () => 1)
    await profiler.flush()
    const { items } = (await json('/requests?kind=job')) as { items: { name: string }[] }
    expect(items.map(({ name }) => name)).toEqual(['kept'])
  })

  test('where it throws, the recording is kept', async () => {
    const { recorded, heard } = await start({
      shouldKeep: () => {
        throw SECRET
      },
    })
    expect(await recorded('/a')).toEqual(['/a'])
    expect(heard).toEqual(['The option `shouldKeep` threw something; the recording was kept.'])
  })
})

describe('onDemand', () => {
  test('records requests that carry the secret, by header or cookie, and no others', async () => {
    const { recorded, get, left } = await start({ onDemand: { secret: SECRET } })
    const asking = [
      { 'x-silk-record': SECRET },
      { cookie: `a=b; silk-record=${SECRET}; c=d` },
      { cookie: `silk-record=wrong; silk-record=${SECRET}` },
    ]
    const others = [
      { 'x-silk-record': `${SECRET}x` },
      { 'x-silk-record': '' },
      { cookie: `x-silk-record=${SECRET}` },
      { cookie: `not-silk-record=${SECRET}` },
      { authorization: SECRET },
      { 'x-silk-record': '1' },
    ]
    for (const [at, headers] of asking.entries()) await get(`/asking/${at}`, headers)
    for (const [at, headers] of others.entries()) await get(`/others/${at}`, headers)
    expect(await recorded('/none')).toEqual(['/asking/0', '/asking/1', '/asking/2'])
    expect(await left()).toEqual({ ...NONE_LEFT, notAsked: 7 })
  })

  test('by names of one’s own', async () => {
    const { recorded, get } = await start({ onDemand: { secret: SECRET, header: 'X-Look', cookie: 'look' } })
    await get('/header', { 'x-look': SECRET })
    await get('/cookie', { cookie: `look=${SECRET}` })
    await get('/default', { 'x-silk-record': SECRET })
    expect(await recorded()).toEqual(['/header', '/cookie'])
  })

  test.each([false, true])('the secret is in no page, no file and no error (names replaced: %s)', async (replace) => {
    const folder = mkdtempSync(join(tmpdir(), 'silk-choosing-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { recorded, get, profiler } = await start({
      store: join(folder, 'silk.db'),
      onDemand: { secret: SECRET, header: 'x-look' },
      redact: { names: [], replace },
    })
    const id = (
      await get(`/a?q=${SECRET}`, { 'x-look': SECRET, cookie: `silk-record=${SECRET}`, 'x-other': `is ${SECRET}` })
    ).headers.get('x-silk-id')
    expect(await recorded()).toHaveLength(1)
    for (const path of ['/settings', '/settings.json', '/health', `/requests/${id}`, `/requests/${id}.json`]) {
      const page = await (await get(`/silk${path}`)).text()
      expect(page).not.toContain(SECRET)
    }
    await profiler.close()
    for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file), 'latin1')).not.toContain(SECRET)
  })

  test('a secret that cannot be used is not told', () => {
    const given = 'short pw'
    expect(() => silk({ onDemand: { secret: given } })).toThrow(
      'Expected option `onDemand.secret` to be 16 to 200 letters, digits and -._~+/=, got 8 characters',
    )
  })
})

test('rules hold one after the other, and each request is counted once', async () => {
  const { get, recorded, left } = await start({
    ignore: ['/healthz'],
    onDemand: { secret: SECRET },
    shouldRecord: (req) => req.path !== '/b',
    shouldKeep: ({ request }) => request?.path !== '/c',
  })
  for (const path of ['/healthz', '/a', '/b', '/c', '/d']) await get(path, { 'x-silk-record': SECRET })
  expect(await recorded('/x')).toEqual(['/a', '/d'])
  expect(await left()).toEqual({ ignored: 1, notAsked: 1, notSampled: 0, notWanted: 1, notKept: 1 })
})

test('what was deleted by hand is told to be', async () => {
  const { get, recorded, origin } = await start({})
  const id = (await get('/a')).headers.get('x-silk-id') ?? ''
  await recorded('/b')
  const { csrf } = (await (await get('/silk/settings/clear.json')).json()) as { csrf: string }
  await fetch(`${origin}/silk/requests/delete`, {
    method: 'POST',
    headers: { cookie: `silk_csrf=${csrf}` },
    body: new URLSearchParams({ id, sure: 'yes', _csrf: csrf }),
  })
  expect(await (await get(`/silk/requests/${id}`)).text()).toContain('It was deleted by hand.')
})
