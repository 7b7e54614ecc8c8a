import express from 'express'
import silk, { type Profiler, type SilkOptions } from 'express-silk'
import { onTestFinished } from 'vitest'
import type { V8Profile } from '#dist/capture/cpu-profile/v8-profile.js'
import type { CpuProfileFacts } from '../../src/model/cpu-profile.js'
import { serve } from '../support/capture-harness.js'

export const SECRET = 'f2c9b7d41e8a40d6'

interface Listed {
  readonly id: string
  readonly name: string | null
  readonly request: { readonly url: string } | null
}

export interface ProfiledApp {
  readonly profiler: Profiler
  readonly origin: string
  readonly heard: readonly string[]
  get(path: string, headers?: Record<string, string>): Promise<Response>
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into it
  json(path: string): Promise<any>
  /** What is recorded so far, oldest first, with the profiles that are kept. */
  recorded(): Promise<readonly { id: string; url: string; cpuProfile: CpuProfileFacts | null }[]>
  /** The addresses, or names of jobs, of what was profiled, oldest first. */
  profiled(): Promise<readonly string[]>
  file(id: string): Promise<V8Profile>
  /** Presses a button of a page. */
  ask(fields: Record<string, string>): Promise<Response>
}

/** Keeps the thread busy. */
export function burn(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) Math.sqrt(until)
}

/** An app with handlers that burn time, and its dashboard. */
export async function start(options: SilkOptions = {}, prepare?: (app: express.Express) => void): Promise<ProfiledApp> {
  const heard: string[] = []
  const profiler = silk({
    ...{ store: ':memory:', onFinding: false, onError: (error) => heard.push(error.message) },
    ...options,
  })
  const app = express()
  app.use(profiler)
  prepare?.(app)
  app.get('/slow/:id', (_req, res) => {
    burn(60)
    res.json(1)
  })
  app.get('/items/new', (_req, res) => void res.json(1))
  app.get('/items/:id', (_req, res) => void res.json(1))
  app.use((_req, res) => void res.json(1))
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
  })
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const answer = await fetch(server.origin + path, { headers })
    await answer.clone().arrayBuffer()
    return answer
  }
  const json = async (path: string) => (await get(`/silk${path.replace(/(?=\?|$)/, '.json')}`)).json()
  async function recorded() {
    await profiler.flush()
    const { items } = (await json('/requests?limit=200')) as { items: readonly Listed[] }
    const told = await Promise.all(
      items.map(async ({ id, name, request }) => ({
        ...{ id, url: request?.url ?? name ?? '' },
        cpuProfile: ((await json(`/requests/${id}`)) as { cpuProfile: CpuProfileFacts | null }).cpuProfile,
      })),
    )
    return told.toReversed()
  }
  return {
    ...{ profiler, origin: server.origin, heard, get, json, recorded },
    async profiled() {
      return (await recorded()).filter(({ cpuProfile }) => cpuProfile !== null).map(({ url }) => url)
    },
    async file(id) {
      return (await (await get(`/silk/requests/${id}/cpu-profile.cpuprofile`)).json()) as V8Profile
    },
    async ask(fields) {
      const page = await get('/silk/cpu-profiles')
      const cookie = page.headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const token = cookie.slice(cookie.indexOf('=') + 1)
      return fetch(`${server.origin}/silk/cpu-profiles`, {
        ...{ method: 'POST', redirect: 'manual', headers: { cookie } },
        body: new URLSearchParams({ _csrf: token, ...fields }),
      })
    },
  }
}

/** The functions of a profile, by name. */
export function functionsOf({ nodes }: V8Profile): ReadonlySet<string> {
  return new Set(nodes.map(({ callFrame }) => callFrame.functionName))
}
