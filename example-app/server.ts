import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import silk from 'express-silk'
import { createApp } from './app.js'
import { connect, createSchema } from './database.js'
import { seed } from './seed.js'

const port = readPort()

const db = connect(process.env.DATABASE_URL)
await createSchema(db)
await seed(db)

export const profiler = silk()
export const server = createApp({ db, profiler }).listen(port)
await once(server, 'listening').catch(exitWithListenError)

export const url = `http://localhost:${(server.address() as AddressInfo).port}`
console.log(`Listening on ${url}`)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // Browsers hold connections open that they never use: server.close() would wait a minute for them.
  setTimeout(() => server.closeAllConnections(), 1_000).unref()
  await closed
  await profiler.close()
  await db.destroy()
}

function readPort(): number {
  const value = process.env.PORT || '3000'
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  console.error(`PORT must be a whole number from 0 to 65535, got '${value}'.`)
  process.exit(1)
}

function exitWithListenError(error: NodeJS.ErrnoException): never {
  const reason = error.code === 'EADDRINUSE' ? 'something else is listening there' : error.message
  console.error(`Can't listen on port ${port}: ${reason}. Set PORT to choose another, for example PORT=${port + 1}.`)
  process.exit(1)
}
