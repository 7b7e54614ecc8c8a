import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type App, startApp } from '../faults/support/start-app.js'
import { tempFolder } from '../store/temp-store.js'

/** `npm run test:long` takes a million: a day of twelve requests a second. */
const REQUESTS = Number(process.env.SILK_TEST_REQUESTS ?? 10_000)
const CONNECTIONS = 4
const PIPELINED = 10
const MB = 1024 * 1024
/** Beyond what it is after the first tenth, by when the caches have filled. */
const MEMORY_GROWTH = 25 * MB

/** Sends so many requests by one connection, some at a time; resolves when all are answered. */
async function send(app: App, count: number): Promise<void> {
  const socket = connect(Number(new URL(app.origin).port), '127.0.0.1')
  await once(socket, 'connect')
  const request = 'GET /one HTTP/1.1\r\nHost: localhost\r\n\r\n'
  for (let sent = 0; sent < count; ) {
    const batch = Math.min(PIPELINED, count - sent)
    socket.write(request.repeat(batch))
    sent += batch
    for (let answered = 0; answered < batch; ) {
      const [data] = (await once(socket, 'data')) as [Buffer]
      answered += data.toString('latin1').split('HTTP/1.1 200').length - 1
    }
  }
  socket.end()
}

test(
  `${REQUESTS.toLocaleString('en')} requests through one process leave its memory as it was`,
  async () => {
    const app = await startApp({
      store: join(tempFolder(), 'silk.db'),
      options: { retention: { count: 5_000 } },
      execArgv: ['--expose-gc'],
    })
    const memory: number[] = []
    for (let part = 0; part < 10; part++) {
      await Promise.all(Array.from({ length: CONNECTIONS }, () => send(app, REQUESTS / 10 / CONNECTIONS)))
      await app.command('flush')
      memory.push(Number(await app.command('memory')))
    }
    const { process, store } = (await app.health()) as Awaited<ReturnType<App['health']>> & {
      store: { fileBytes: number }
    }
    console.info(
      `${REQUESTS} requests: memory after each tenth, MB: ${memory.map((bytes) => (bytes / MB).toFixed(1)).join(' ')};`,
      `file ${(store.fileBytes / MB).toFixed(1)} MB; left out ${JSON.stringify(process.load.left)}`,
    )

    const [first = 0, ...later] = memory
    expect(Math.max(...later) - first).toBeLessThan(MEMORY_GROWTH)
    expect(process.dropped).toEqual({ overflow: 0, unusable: 0, refused: 0, closed: 0 })
    expect(process.recordings.stored + process.load.left.requests).toBe(REQUESTS)
    expect(store.recordingCount).toBeLessThan(10_000)
    // The sums know of each, however many recordings are gone by now.
    const overview = (await (await fetch(`${app.origin}/silk.json`)).json()) as { requestCount: number }
    expect(overview.requestCount).toBe(process.recordings.stored)
  },
  60_000 + REQUESTS * 5,
)
