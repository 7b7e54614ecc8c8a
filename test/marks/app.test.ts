import silk, { type SilkOptions } from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Started, start } from '../spans/support.js'

const TOKEN = ['ghp', 'abcdefghijklmnopqrstuvwxyz0123456789'].join('_')

interface Marked {
  readonly id: string
  readonly tags: readonly string[]
  readonly pinned: boolean
  readonly user: { readonly id: string; readonly name: string | null } | null
  readonly usage: Readonly<Record<'memoryBytes' | 'eventLoopShare' | 'cpuMs', number | null>> | null
}

const newest = async (started: Started, kind: 'request' | 'job' = 'request'): Promise<Marked> =>
  (await started.newest(kind)) as unknown as Marked

/** One request to a handler, and what is recorded of it. */
async function answered(handle: () => unknown, options: SilkOptions = {}): Promise<Marked> {
  const started = await start(options)
  started.app.get('/', async (_req, res) => {
    await handle()
    res.json(1)
  })
  await (await fetch(started.origin)).text()
  return newest(started)
}

describe('silk.tag', () => {
  test('tags the running request, also from deep inside it, each tag once', async () => {
    const { tags } = await answered(async () => {
      silk.tag('checkout', 'large cart')
      await new Promise((resolve) => setImmediate(resolve))
      silk.tag(' checkout ')
    })

    expect(tags).toEqual(['checkout', 'large cart'])
  })

  test('tags a job', async () => {
    const started = await start()
    await silk.record('report', async () => silk.tag('nightly'))

    expect((await newest(started, 'job')).tags).toEqual(['nightly'])
  })

  test('masks what looks like a secret, and bounds length and number', async () => {
    const { tags } = await answered(() => {
      silk.tag(`token ${TOKEN}`, `${'y'.repeat(30)} ${TOKEN} ${'z'.repeat(200)}`, 'two\nlines')
      for (let at = 0; at < 40; at++) silk.tag(`tag ${at}`)
    })

    expect(tags).toHaveLength(20)
    expect(tags).toContain('token [redacted]')
    expect(tags).toContain('two lines')
    expect(tags.find((tag) => tag.startsWith('yy'))).toHaveLength(60)
    expect(JSON.stringify(tags)).not.toContain(TOKEN.slice(0, 12))
  })

  test('does nothing outside of requests, and where nobody records', () => {
    expect(silk.tag('nowhere')).toBeUndefined()
    expect(silk.pin()).toBeUndefined()
  })

  test.each([[''], [' '], [7], [null], [{}]])('is told by a TypeError that %j is no text', async (tag) => {
    let thrown: unknown
    await answered(() => {
      try {
        silk.tag(tag as string)
      } catch (error) {
        thrown = error
      }
    })

    expect(thrown).toBeInstanceOf(TypeError)
    expect(String(thrown)).toContain('Expected what silk.tag(…) is given to be texts')
  })
})

describe('silk.pin', () => {
  test('pins the running request, which shouldKeep then does not drop', async () => {
    expect((await answered(() => silk.pin(), { shouldKeep: () => false })).pinned).toBe(true)
    expect((await answered(() => {})).pinned).toBe(false)
  })

  test('keeps the recording while others of its time go', async () => {
    const started = await start({ retention: { count: 5 } })
    started.app.get('/:n', (req, res) => {
      if (req.params.n === '0') silk.pin()
      res.json(1)
    })
    for (let n = 0; n < 30; n++) await (await fetch(`${started.origin}/${n}`)).text()

    const kept = async () => (await started.list('limit=200')).map(({ request }) => request?.path)
    await expect.poll(kept, { timeout: 15_000 }).toHaveLength(6)
    expect(await kept()).toContain('/0')
  })
})

describe('user', () => {
  test.each<[string, NonNullable<SilkOptions['user']>, Marked['user']]>([
    ['a text', () => 'ada', { id: 'ada', name: null }],
    ['a number', () => 42, { id: '42', name: null }],
    ['an id with a name', () => ({ id: 42, name: 'Ada L.' }), { id: '42', name: 'Ada L.' }],
    ['an id without one', () => ({ id: 'x', name: null }), { id: 'x', name: null }],
    ['nobody', () => null, null],
    ['nothing', () => undefined, null],
    ['a secret', () => TOKEN, { id: '[redacted]', name: null }],
    ['a long one', () => 'a'.repeat(5_000), { id: 'a'.repeat(200), name: null }],
  ])('is told by the app: %s', async (_, user, told) => {
    expect((await answered(() => {}, { user })).user).toEqual(told)
  })

  test('is asked after the response, when the app knows', async () => {
    const started = await start({ user: (req) => (req as { account?: string }).account })
    started.app.get('/', (req, res) => {
      Object.assign(req, { account: 'ada' })
      res.json(1)
    })
    await (await fetch(started.origin)).text()

    expect((await newest(started)).user).toEqual({ id: 'ada', name: null })
    expect(await started.list('user=ada')).toHaveLength(1)
    expect(await started.list('user=ad')).toHaveLength(0)
  })

  test('goes by redact.value too', async () => {
    const value = (path: string, given: unknown) => (path === 'user.id' ? 'someone' : given)
    expect((await answered(() => {}, { user: () => 'ada', redact: { value } })).user?.id).toBe('someone')
  })

  test('queries of the function belong to nobody, and its promise is not waited for', async () => {
    const heard: string[] = []
    const started = await start({
      user: () => started.db('authors').then(() => 'ada') as never,
      onError: (error) => heard.push(error.message),
    })
    started.app.get('/', (_req, res) => void res.json(1))
    await (await fetch(started.origin)).text()

    expect(await started.newest('request')).toMatchObject({ user: null, queryCount: 0 })
    expect(heard[0]).toContain('The option `user` gave a promise, which is not waited for')
  })

  test.each<[string, () => never, string]>([
    [
      'throws',
      () => {
        throw new RangeError('of a secret')
      },
      'threw a RangeError',
    ],
    ['gives no id', () => ({ name: 'Ada' }) as never, 'gave what is no id, and no { id, name }'],
  ])('that %s is one warning, counted, and no harm', async (_, user, how) => {
    const warnings: string[] = []
    const hear = (warning: Error) => warnings.push(warning.message)
    process.on('warning', hear)
    onTestFinished(() => void process.off('warning', hear))
    const started = await start({ user })
    started.app.get('/', (_req, res) => void res.json(1))
    for (let at = 0; at < 3; at++) expect((await fetch(started.origin)).status).toBe(200)

    expect((await newest(started)).user).toBeNull()
    const { process: own } = await started.json<{ process: { warnings: { message: string; count: number }[] } }>(
      '/health.json',
    )
    const message = `The option \`user\` ${how}; the request was recorded without a user.`
    expect(own.warnings).toMatchObject([{ message, count: 3 }])
    expect(warnings.filter((text) => text.includes(message))).toHaveLength(1)
  })
})

describe('usage', () => {
  test('tells memory and event loop of requests and jobs, of the whole process', async () => {
    let kept: unknown = null
    const busy = () => {
      const endMs = performance.now() + 30
      kept = Array.from({ length: 300_000 }, (_, at) => ({ at }))
      while (performance.now() < endMs);
    }
    const { usage } = await answered(busy)
    const started = await start()
    await silk.record('work', async () => busy())

    expect(kept).not.toBeNull()
    expect(usage?.memoryBytes).toEqual(expect.any(Number))
    expect(usage?.eventLoopShare).toBeGreaterThan(0)
    expect(usage?.eventLoopShare).toBeLessThanOrEqual(1)
    expect(usage?.cpuMs).toBeNull()
    expect((await newest(started, 'job')).usage).not.toBeNull()
  })

  test('counts what is kept, buffers too', async () => {
    const held: Buffer[] = []
    const { usage } = await answered(() => {
      for (let at = 0; at < 64; at++) held.push(Buffer.alloc(1_000_000, at))
    })

    expect(held).toHaveLength(64)
    expect(usage?.memoryBytes).toBeGreaterThan(40_000_000)
  })

  test('measures CPU time when it is asked to, and nothing when it is not', async () => {
    const all = await answered(() => {}, { usage: { cpu: true } })
    const none = await answered(() => {}, { usage: { memory: false, eventLoop: false } })

    expect(all.usage?.cpuMs).toBeGreaterThanOrEqual(0)
    expect(none.usage).toBeNull()
  })

  test('is on the page of the request', async () => {
    const started = await start({ usage: { cpu: true } })
    started.app.get('/', (_req, res) => void res.json(1))
    await (await fetch(started.origin)).text()
    const { id } = await newest(started)
    const page = await started.page(`/requests/${id}`)

    for (const label of ['Event loop busy', 'Memory', 'CPU time']) expect(page).toContain(`<dt>${label}</dt>`)
    expect(page).toContain('of the whole process')
  })
})
