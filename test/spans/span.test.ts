import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import silk from 'express-silk'
import { describe, expect, test } from 'vitest'
import { start, type ToldSpan } from './support.js'

/** `outer > inner`, in the order in which they began. */
const tree = (spans: readonly ToldSpan[]): readonly string[] =>
  spans.map(({ name, parentIndex }) => {
    const parent = spans.find(({ index }) => index === parentIndex)
    return parent === undefined ? name : `${parent.name} > ${name}`
  })

const pause = (ms = 1): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a span', () => {
  test('has its name, its queries, its tags and its line, and hands back what its function returns', async () => {
    const { app, db, origin, newest } = await start()
    app.get('/', async (_req, res) => {
      await db('books')
      const authors = await silk.span('load', async () => db('authors'), { tags: { page: 3, password: 'hunter2' } })
      res.json(authors.length)
    })

    const count = await (await fetch(`${origin}/`)).json()

    const { spans, queries } = await newest('request')
    expect(count).toBeGreaterThan(0)
    expect(spans).toMatchObject([
      { kind: 'code', name: 'load', queryCount: 1, error: null, tags: { page: 3, password: '[redacted]' } },
    ])
    expect(spans[0]?.callSite?.file).toBe('test/spans/span.test.ts')
    expect(queries.map(({ spanIndex }) => spanIndex)).toEqual([null, 0])
  })

  test('has those inside it, through awaits and side by side', async () => {
    const { db, newest } = await start()

    await silk.record('tree', async () => {
      await silk.span('outer', async () => {
        await pause()
        await Promise.all(
          ['left', 'right'].map((name) =>
            silk.span(name, async () => {
              await pause()
              await db('authors')
              silk.span('leaf', () => 1)
            }),
          ),
        )
      })
      silk.span('after', () => 2)
    })

    const { spans } = await newest('job')
    expect(tree(spans).toSorted()).toEqual([
      ...['after', 'left > leaf', 'outer', 'outer > left', 'outer > right', 'right > leaf'],
    ])
    expect(spans.find(({ name }) => name === 'outer')?.queryCount).toBe(2)
    expect(spans.find(({ name }) => name === 'left')?.queryCount).toBe(1)
  })

  test('keeps requests apart that run at the same time', async () => {
    const { app, db, origin, list, json } = await start()
    app.get('/:name', async (req, res) => {
      await silk.span(`of ${req.params.name}`, async () => {
        for (let turn = 0; turn < 3; turn++) {
          await pause()
          await db('authors')
        }
      })
      res.end()
    })

    await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await fetch(`${origin}/${name}`)).text()))

    const recordings = await Promise.all(
      (await list()).map(({ id }) => json<{ request: { path: string }; spans: ToldSpan[] }>(`/requests/${id}.json`)),
    )
    expect(recordings).toHaveLength(4)
    for (const { request, spans } of recordings) {
      expect(spans).toMatchObject([{ name: `of ${request.path.slice(1)}`, queryCount: 3 }])
    }
  })

  test.each([
    [
      'thrown',
      () => {
        throw new RangeError('no eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln')
      },
    ],
    ['rejected', () => Promise.reject(new RangeError('no eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'))],
  ])('tells the error that was %s, masked, and hands it on', async (_, fail) => {
    const { newest } = await start()

    await silk.record('failing', async () => {
      await expect(async () => silk.span('bad', fail)).rejects.toThrow(RangeError)
    })

    const { spans, error } = await newest('job')
    expect(spans).toMatchObject([{ name: 'bad', error: 'RangeError: no [redacted]' }])
    expect(error).toBeNull()
  })

  test('of a query builder runs it once, when it is awaited, and leaves it a builder', async () => {
    const { db, newest } = await start()

    const rows = await silk.record('builders', async () => {
      const builder = silk.span('built', () => db('authors'))
      silk.span('never awaited', () => db('books'))
      return builder.where('id', '>', 0).select('id')
    })

    const { spans, queries } = await newest('job')
    expect(rows.length).toBeGreaterThan(0)
    expect(queries).toHaveLength(1)
    expect(queries[0]).toMatchObject({ spanIndex: 0, statement: expect.stringContaining('where') })
    expect(spans).toMatchObject([
      { name: 'built', queryCount: 1 },
      { name: 'never awaited', queryCount: 0 },
    ])
  })

  test('of a builder lets what comes after it stay outside', async () => {
    const { db, newest } = await start()

    await silk.record('then', async () => {
      await silk.span('first', () => db('authors')).then(() => silk.span('second', () => db('books')))
    })

    const { spans } = await newest('job')
    expect(tree(spans)).toEqual(['first', 'second'])
  })

  test('of a promise with methods of its own leaves them there', async () => {
    const { newest } = await start()
    const request = (): Promise<string> & { json(): Promise<unknown> } =>
      Object.assign(Promise.resolve('{"a":1}'), { json: async () => ({ a: 1 }) })

    const told = await silk.record('request', async () => silk.span('get', request).json())

    expect(told).toEqual({ a: 1 })
    expect((await newest('job')).spans).toMatchObject([{ name: 'get', error: null }])
  })

  test('of generators has what they do, and not what is done with what they give', async () => {
    const { db, newest } = await start()
    function* numbers() {
      silk.span('inside', () => 1)
      yield 1
      yield 2
      return 3
    }
    async function* rows() {
      yield await db('authors')
      yield await db('books')
    }

    const seen = await silk.record('generators', async () => {
      const given: unknown[] = []
      for (const number of silk.span('numbers', numbers)) {
        given.push(number)
        silk.span('reader', () => 1)
      }
      for await (const page of silk.span('rows', rows)) {
        given.push(page.length > 0)
        await db('authors')
      }
      return given
    })

    const { spans } = await newest('job')
    expect(seen).toEqual([1, 2, true, true])
    expect(tree(spans)).toEqual(['numbers', 'numbers > inside', 'reader', 'reader', 'rows'])
    expect(spans.find(({ name }) => name === 'rows')?.queryCount).toBe(2)
  })

  test('of a generator that fails tells its error', async () => {
    const { newest } = await start()
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    function* failing(): Generator<number> {
      throw new Error('broken off')
    }

    await silk.record('generator', () => {
      expect(() => [...silk.span('failing', failing)]).toThrow('broken off')
    })

    expect((await newest('job')).spans).toMatchObject([{ name: 'failing', error: 'Error: broken off' }])
  })

  test('of a stream ends with it, and reads nothing of it', async () => {
    const { newest } = await start()
    const chunks: unknown[] = []

    await silk.record('streams', async () => {
      const stream = silk.span('stream', () => Readable.from(['a', 'b', 'c']))
      expect(stream.readableFlowing).toBeNull()
      await pipeline(stream, async (source) => {
        for await (const chunk of source) chunks.push(chunk)
      })
      const broken = silk.span('broken', () => new Readable({ read() {} }))
      const failed = expect(
        pipeline(broken, new Writable({ write: (_chunk, _encoding, done) => done() })),
      ).rejects.toThrow('torn')
      broken.destroy(new Error('torn'))
      await failed
    })

    const { spans } = await newest('job')
    expect(chunks).toEqual(['a', 'b', 'c'])
    expect(spans).toMatchObject([
      { name: 'stream', error: null },
      { name: 'broken', error: 'Error: torn' },
    ])
    expect(spans.every(({ durationMs }) => durationMs !== null)).toBe(true)
  })

  test('that is still running when the recording closes has no time', async () => {
    const { newest } = await start()

    await silk.record('left', () => {
      void silk.span('endless', () => new Promise(() => {}))
    })

    expect((await newest('job')).spans).toMatchObject([{ name: 'endless', durationMs: null, ownMs: null }])
  })

  test('beyond a thousand is added up by name, and what is in it belongs to the one around', async () => {
    const { db, newest, page } = await start()

    await silk.record('many', () =>
      silk.span('all', async () => {
        for (let turn = 0; turn < 1_100; turn++) silk.span('turn', () => turn)
        await silk.span('last', async () => db('authors'))
      }),
    )

    const job = await newest('job')
    expect(job.spans).toHaveLength(1_000)
    expect(job.spanSums).toMatchObject([
      { kind: 'code', name: 'turn', count: 101 },
      { kind: 'code', name: 'last', count: 1 },
    ])
    expect(job.queries).toMatchObject([{ spanIndex: 0 }])
    expect(await page(`/requests/${job.id}`)).toContain('102 more')
  })

  test('outside of requests and jobs is just run', async () => {
    await start()
    const promise = Promise.resolve(1)

    expect(silk.span('nowhere', () => promise)).toBe(promise)
  })

  test.each([
    [['', () => 1], "Expected the name that silk.span(name, fn) is given to be a text, got '' (string)"],
    [[5], 'Expected silk.span(name, fn) or @silk.span(name?, options?), got silk.span(number, undefined)'],
    [['x', 5], 'Expected silk.span(name, fn) or @silk.span(name?, options?), got silk.span(string, number)'],
  ])('silk.span(...%j) says what is wrong', async (args, message) => {
    await start()

    silk.record('job', () => {
      expect(() => Reflect.apply(silk.span, silk, args)).toThrow(message)
    })
  })
})

describe('silk.wrap', () => {
  class Reports {
    readonly #db: () => Promise<unknown>
    constructor(db: () => Promise<unknown>) {
      this.#db = db
    }
    build(_first: number, _second: number): Promise<unknown> {
      return this.#db()
    }
  }

  test('makes calls of a method spans until it is taken back, and leaves all else of it', async () => {
    const { db, newest } = await start()
    const original = Object.assign(Reports.prototype.build, { label: 'own' })
    const reports = new Reports(async () => db('authors'))

    const undo = silk.wrap(Reports.prototype, 'build')
    const { name, length } = Reports.prototype.build
    await silk.record('wrapped', () => reports.build(1, 2))
    const wrapped = await newest('job')
    expect([name, length, (Reports.prototype.build as typeof original).label]).toEqual(['build', 2, 'own'])
    undo()
    undo()
    await silk.record('taken back', () => reports.build(1, 2))

    expect(wrapped.spans).toMatchObject([{ name: 'Reports.build', queryCount: 1 }])
    expect((await newest('job')).spans).toEqual([])
    expect(Reports.prototype.build).toBe(original)
    expect(Object.keys(Reports.prototype)).toEqual([])
  })

  test('takes an inherited method for one object alone', async () => {
    const { newest } = await start()
    const [one, other] = [new Reports(async () => 1), new Reports(async () => 2)]

    const undo = silk.wrap(one, 'build', 'one build')
    await silk.record('two', async () => [await one.build(1, 2), await other.build(1, 2)])
    undo()

    expect((await newest('job')).spans).toMatchObject([{ name: 'one build' }])
    expect(Object.hasOwn(one, 'build')).toBe(false)
  })

  test.each([
    [{ a: 1, run() {} }, 'a', "silk.wrap(object, 'a') needs a method of that name, and it is none: it has run."],
    [{ run() {} }, 'rum', "silk.wrap(object, 'rum') needs a method of that name: it has run."],
    [5, 'run', "silk.wrap(object, 'run') needs an object or a class, got number."],
    [
      Object.freeze({ run() {} }),
      'run',
      "silk.wrap(object, 'run') cannot replace the method: the object is frozen, or the property cannot be changed.",
    ],
  ])('%j says what is wrong', (object, method, message) => {
    expect(() => silk.wrap(object as object, method)).toThrow(message)
  })
})
