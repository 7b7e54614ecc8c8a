import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import silk from 'express-silk'
import { createApp } from '../example-app/app.js'
import { connect, createSchema } from '../example-app/database.js'
import { gallery } from '../example-app/gallery/index.js'
import { runsOn } from '../example-app/gallery/pair.js'
import { seed } from '../example-app/seed.js'
import type { AnalyzedRecording } from '../src/model/finding.js'
import { readRequest } from '../src/store/read-request.js'
import { readRequests } from '../src/store/read-requests.js'
import { WorkerConnection } from '../src/store/worker-connection.js'

const LOADS = ['naive', 'naive-parallel', 'eager', 'join']

/** What silk records of the example app while it answers each of its routes. */
export async function realRecordings(): Promise<readonly AnalyzedRecording[]> {
  const folder = mkdtempSync(join(tmpdir(), 'silk-real-'))
  const file = join(folder, 'silk.db')
  try {
    await record(file)
    return await readAll(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function record(file: string): Promise<void> {
  const db = connect(undefined)
  await createSchema(db)
  await seed(db)
  const profiler = silk({ store: file })
  const server = createApp({ db, profiler }).listen(0)
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const send = async (method: string, path: string): Promise<void> => {
    const answer = await fetch(url + path, { method })
    await answer.arrayBuffer()
  }
  for (const load of LOADS) {
    await send('GET', `/collections/?include=products&load=${load}`)
    await send('GET', `/products/?include=collection&load=${load}&limit=20`)
  }
  for (const { name, method } of gallery.filter((pair) => runsOn(db, pair))) {
    for (const pace of ['slow', 'fast']) await send(method.toUpperCase(), `/gallery/${name}/${pace}`)
  }
  for (const path of ['/collections/1/', '/products/7/', '/products/999999/', '/nowhere']) await send('GET', path)
  await send('POST', '/auth/login/')
  await profiler.flush()
  await profiler.close()
  server.closeAllConnections()
  server.close()
  await db.destroy()
}

async function readAll(path: string): Promise<readonly AnalyzedRecording[]> {
  const connection = new WorkerConnection({ path, temporary: false })
  const handle = await connection.handle()
  const { items } = readRequests(handle, { kind: 'request', limit: 200 })
  const found = items.map(({ id }) => readRequest(handle, id))
  connection.close()
  return found.filter((one) => one !== null)
}
