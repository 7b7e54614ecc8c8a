import { EventEmitter, once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as nextImmediate, setTimeout as sleep } from 'node:timers/promises'
import knex, { type Knex } from 'knex'
import { describe, expect, test } from 'vitest'
import { type ContextCarrier, type ContextKind, contextCarrier } from '../../src/capture/context.js'
import { describePostgres } from '../support/servers.js'

interface Value {
  readonly name: string
}

/** What every carrier of the async context must do. */
export async function contextContract(kind: ContextKind): Promise<void> {
  const carrier = contextCarrier<Value>(kind)

  describe(kind, () => {
    asynchronousSteps(carrier)
    boundaries(carrier, kind)
    describe('knex on better-sqlite3, pool of one', () => {
      queries(carrier, () =>
        knex({ client: 'better-sqlite3', connection: ':memory:', pool: { min: 1, max: 1 }, useNullAsDefault: true }),
      )
    })
  })
  for (const max of [1, 2]) {
    await describePostgres(`${kind}, knex on PostgreSQL, pool of ${max}`, (connection) => {
      queries(carrier, () => knex({ client: 'pg', connection, pool: { min: 0, max } }))
    })
  }
}

function asynchronousSteps(carrier: ContextCarrier<Value>): void {
  const name = (): string | undefined => carrier.current()?.name

  /** Each step leaves the synchronous part, and reads the value where it comes back. */
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    await: async () => {
      await null
      await sleep(1)
      return name()
    },
    'Promise.all': async () => {
      const names = await Promise.all([1, 2, 3].map((ms) => sleep(ms).then(name)))
      return names.every((each) => each === name()) ? name() : names
    },
    '.then chain': () =>
      Promise.resolve()
        .then(() => sleep(1))
        .then(() => name()),
    '.catch and .finally': () =>
      Promise.reject(new Error('expected'))
        .catch(() => name())
        .finally(() => sleep(1)),
    setTimeout: () => new Promise((resolve) => setTimeout(() => resolve(name()), 1)),
    setInterval: () =>
      new Promise((resolve) => {
        const interval = setInterval(() => {
          clearInterval(interval)
          resolve(name())
        }, 1)
      }),
    setImmediate: () => nextImmediate().then(name),
    nextTick: () => new Promise((resolve) => process.nextTick(() => resolve(name()))),
    queueMicrotask: () => new Promise((resolve) => queueMicrotask(() => resolve(name()))),
    'EventEmitter, emitted inside': async () => {
      const emitter = new EventEmitter()
      const heard = new Promise((resolve) => emitter.on('event', () => resolve(name())))
      await sleep(1)
      emitter.emit('event')
      return heard
    },
    'events.once': async () => {
      const emitter = new EventEmitter()
      setTimeout(() => emitter.emit('event'), 1)
      await once(emitter, 'event')
      return name()
    },
    'custom thenable': async () => {
      const thenable = {
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what knex's builders are
        then: (resolve: (value: unknown) => void) => void setTimeout(() => resolve(name()), 1),
      }
      return [await thenable, name()].every((each) => each === name()) ? name() : 'lost'
    },
    'for await over a stream': async () => {
      for await (const chunk of Readable.from(['a', 'b'])) if (chunk === 'b') return name()
      return 'no chunk'
    },
    'async generator': async () => {
      async function* numbers(): AsyncGenerator<number> {
        yield 1
        await sleep(1)
        yield 2
      }
      for await (const number of numbers()) if (number === 2) return name()
      return 'no number'
    },
  }

  test.each(Object.entries(steps))('the value follows: %s', async (_step, step) => {
    expect(await carrier.run({ name: 'mine' }, step)).toBe('mine')
    expect(carrier.current()).toBeUndefined()
  })

  test.each(Object.entries(steps))('200 at once keep their own: %s', async (_step, step) => {
    const names = Array.from({ length: 200 }, (_, index) => `run ${index}`)
    const seen = await Promise.all(names.map((each) => carrier.run({ name: each }, step)))
    expect(seen).toEqual(names)
  })

  test('HTTP requests that share connections keep their own', async () => {
    const server = createServer((req, res) => {
      carrier.run({ name: String(req.url) }, async () => {
        await sleep(1)
        res.end(name())
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const get = (path: string) =>
      new Promise<string>((resolve, reject) => {
        const sent = request({ port, path }, (res) => res.setEncoding('utf8').on('data', resolve))
        sent.on('error', reject).end()
      })
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}`)
    const answers = await Promise.all(paths.map(get))
    server.closeAllConnections()
    server.close()
    expect(answers).toEqual(paths)
  })
}

function boundaries(carrier: ContextCarrier<Value>, kind: ContextKind): void {
  test('what runs returns its result, and sees the value at once', () => {
    const value = { name: 'now' }
    expect(carrier.run(value, () => carrier.current() === value)).toBe(true)
    expect(carrier.current()).toBeUndefined()
  })

  test('a thrown error comes out as it is and leaves no value behind', () => {
    const error = Object.freeze(new Error('on purpose'))
    let caught: unknown
    try {
      carrier.run({ name: 'failing' }, () => {
        throw error
      })
    } catch (thrown) {
      caught = thrown
    }
    expect(caught).toBe(error)
    expect(Reflect.ownKeys(error).sort()).toEqual(['message', 'stack'])
    expect(carrier.current()).toBeUndefined()
  })

  test('a rejection leaves no value behind, and its handlers have their own', async () => {
    const failing = carrier.run({ name: 'failing' }, async () => {
      await sleep(1)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(carrier.current()).toBeUndefined()
  })

  test('a nested run has its own value, and gives back the outer one', async () => {
    const seen = await carrier.run({ name: 'outer' }, async () => {
      const inner = await carrier.run({ name: 'inner' }, async () => {
        await sleep(1)
        return carrier.current()?.name
      })
      const failed = await carrier.run({ name: 'failing' }, () => Promise.reject(new Error('x'))).catch(() => 'caught')
      return [inner, failed, carrier.current()?.name]
    })
    expect(seen).toEqual(['inner', 'caught', 'outer'])
  })

  test('outside() has no value, nor has what begins in it; afterwards the value is back', async () => {
    const seen = await carrier.run({ name: 'mine' }, async () => {
      const atOnce = carrier.outside(() => carrier.current())
      const later = await carrier.outside(async () => {
        await sleep(1)
        return carrier.current()
      })
      const again = await carrier.outside(() => carrier.run({ name: 'again' }, async () => carrier.current()?.name))
      return [atOnce, later, again, carrier.current()?.name]
    })
    expect(seen).toEqual([undefined, undefined, 'again', 'mine'])
    expect(carrier.outside(() => carrier.current())).toBeUndefined()
    expect(() =>
      carrier.outside(() => {
        throw new Error('out')
      }),
    ).toThrow('out')
  })

  test('a timer started outside runs outside, also when a run is under way', async () => {
    const heard = new Promise((resolve) => setTimeout(() => resolve(carrier.current()), 5))
    await carrier.run({ name: 'mine' }, () => sleep(10))
    expect(await heard).toBeUndefined()
  })

  test('there is one carrier of the kind in the process', () => {
    expect(contextCarrier(kind)).toBe(carrier)
  })
}

function queries(carrier: ContextCarrier<Value>, connect: () => Knex): void {
  const shapes: Readonly<Record<string, (db: Knex) => Promise<unknown>>> = {
    'await in a loop': async (db) => {
      for (let query = 0; query < 3; query++) await db.select(db.raw('1 as one'))
    },
    'Promise.all': (db) => Promise.all([1, 2, 3].map(() => db.select(db.raw('1 as one')))),
    '.then chain': (db) => Promise.resolve(db.raw('select 1').then(() => db.raw('select 2'))),
    transaction: (db) =>
      db.transaction(async (trx) => {
        await trx.raw('select 1')
        await trx.transaction((nested) => nested.raw('select 2'))
      }),
    failure: (db) => Promise.resolve(db.raw('select * from no_such_table')).catch(() => {}),
  }

  test.each(Object.entries(shapes))('each query and its end run in their own value: %s', async (_shape, run) => {
    const db = connect()
    try {
      // Every run asks, where knex says that a query begins and where the app's code goes on, whose turn it is.
      const begun: (string | undefined)[] = []
      db.on('query', () => begun.push(carrier.current()?.name))
      const names = Array.from({ length: 60 }, (_, index) => `run ${index}`)
      const after = await Promise.all(
        names.map((name) =>
          carrier.run({ name }, async () => {
            await run(db)
            return carrier.current()?.name
          }),
        ),
      )
      expect(after).toEqual(names)
      const perRun = begun.length / names.length
      expect(Number.isInteger(perRun) && perRun > 0).toBe(true)
      expect([...begun].sort()).toEqual(names.flatMap((name) => Array(perRun).fill(name)).sort())
    } finally {
      await db.destroy()
    }
  })
}
