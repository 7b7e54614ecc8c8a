import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Express, RequestHandler } from 'express'
import request from 'supertest'
import { createDashboard } from '../../../src/dashboard/dashboard.js'
import type { DashboardOptions } from '../../../src/dashboard/dashboard-options.js'
import { expressVersions } from '../../support/express-versions.js'
import { type MemoryStore, memoryStore } from './memory-reader.js'

/** A project of one file, whose line 79 is the call site that the recordings name. */
export const projectRoot: string = makeProject()

function makeProject(): string {
  const root = mkdtempSync(join(tmpdir(), 'silk-dashboard-'))
  const file = join(root, 'example-app', 'routes', 'collections.ts')
  const lines = [
    ...Array.from({ length: 75 }, (_, index) => `// line ${index + 1}`),
    'async function loadNaive(db: Knex, query: CollectionsQuery): Promise<CollectionWithProducts[]> {',
    '  const loaded: CollectionWithProducts[] = []',
    '  for (const collection of await query) {',
    "    const products = await db<Product>('products').where('collection_id', collection.id).orderBy('id')",
    '    loaded.push({ ...collection, products })',
    '  }',
    '  return loaded',
    '}',
  ]
  mkdirSync(join(root, 'example-app', 'routes'), { recursive: true })
  writeFileSync(file, lines.join('\n'))
  const longAgo = new Date('2026-01-01')
  utimesSync(file, longAgo, longAgo)
  return root
}

export interface GivenDashboard extends Partial<Omit<DashboardOptions, 'access'>> {
  readonly store?: MemoryStore
  readonly access?: Partial<DashboardOptions['access']>
}

/** A dashboard over a store in memory that anybody on this machine may see. */
export function dashboard({ store = memoryStore(), access, ...given }: GivenDashboard = {}): Express {
  return createDashboard({
    reader: store.reader,
    writer: store.writer,
    access: { authorize: null, allowFrom: [], production: false, ...access },
    projectRoot,
    version: '0.1.0',
    settings: [{ name: 'path', value: '/silk', origin: 'default' }],
    onError: (error) => {
      throw error
    },
    ...given,
  })
}

/** A host app of Express 5 with the handler mounted at a path. */
export function host(handler: RequestHandler | Express, mountPath = '/silk'): Express {
  const express = expressVersions[1]?.express
  if (express === undefined) throw new Error('Express 5 is not installed')
  const app = express()
  app.use(mountPath, handler as RequestHandler)
  return app
}

/** supertest with the Host header of a person at this machine. */
export function visit(app: Express, path: string): request.Test {
  return request(app).get(path).set('host', 'localhost:3000')
}

/** Listens on an address of this machine, for what depends on the socket. */
export async function listen(
  app: Express,
  address: string,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return { server, port: (server.address() as AddressInfo).port }
}
