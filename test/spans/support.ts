import express, { type Express } from 'express'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import type { Knex } from 'knex'
import { onTestFinished } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

/** A recording as its JSON tells it, as far as tests here ask. */
export interface ToldRecording {
  readonly id: string
  readonly kind: string
  readonly name: string | null
  readonly request: { readonly path: string; readonly route: string | null } | null
  readonly response: unknown
  readonly error: {
    readonly class: string
    readonly message: string
    readonly stack: readonly string[]
    readonly callSite: { readonly file: string; readonly line: number } | null
  } | null
  readonly queryCount: number
  readonly queries: readonly { readonly statement: string; readonly spanIndex: number | null }[]
  readonly spans: readonly ToldSpan[]
  readonly spanSums: readonly { readonly kind: string; readonly name: string; readonly count: number }[]
  readonly occurrences: readonly { readonly kind: string }[]
}

export interface ToldSpan {
  readonly index: number
  readonly parentIndex: number | null
  readonly kind: string
  readonly name: string
  readonly startMs: number
  readonly durationMs: number | null
  readonly ownMs: number | null
  readonly queryCount: number
  readonly error: string | null
  readonly tags: Readonly<Record<string, unknown>>
  readonly callSite: { readonly file: string; readonly line: number; readonly source: string } | null
}

interface ToldList {
  readonly items: readonly (ToldRecording & { readonly errorClass: string | null })[]
}

export interface Started {
  readonly app: Express
  readonly db: Knex
  readonly profiler: Profiler
  readonly origin: string
  /** A page of silk's. */
  page(path: string): Promise<string>
  json<T>(path: string): Promise<T>
  /** The list of requests, as an address asks for it. */
  list(query?: string): Promise<ToldList['items']>
  /** The newest recording of a kind, whole. */
  newest(kind: 'request' | 'job'): Promise<ToldRecording>
}

/** An app with a profiler, its pages served, and a database of authors and books. */
export async function start(options: SilkOptions = {}, app: Express = express()): Promise<Started> {
  const profiler = silk({ store: ':memory:', ...options })
  const db = await sqliteLibrary()
  app.use(profiler)
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
  })
  await profiler.flush()
  const page = async (path: string): Promise<string> => (await fetch(`${server.origin}/silk${path}`)).text()
  const json = async <T>(path: string): Promise<T> => JSON.parse(await page(path)) as T
  async function list(query = ''): Promise<ToldList['items']> {
    await profiler.flush()
    return (await json<ToldList>(`/requests.json?${query}`)).items
  }
  return {
    ...{ app, db, profiler, origin: server.origin, page, json, list },
    async newest(kind) {
      const [first] = await list(`kind=${kind}`)
      return json<ToldRecording>(`/requests/${first?.id}.json`)
    },
  }
}
