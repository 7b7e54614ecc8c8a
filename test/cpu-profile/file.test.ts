import { describe, expect, test } from 'vitest'
import { burn, functionsOf, SECRET, start } from './support.js'

const BY_HEADER = { 'x-silk-profile': SECRET }
const cpuProfile = { secret: SECRET, perMinute: 100 }
/** Made of two, since a source may be anywhere. */
const PLANTED = ['planted-', 'word-of-the-source'].join('')

function burnInHandler(ms: number): void {
  burn(ms)
}

/** How long samples lasted that are of a function, or of what it called. */
function timeOf(
  name: string,
  { nodes, samples = [], timeDeltas = [] }: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['file']>>,
) {
  const below = new Set<number>()
  for (const { id, callFrame, children = [] } of nodes) {
    if (callFrame.functionName === name) below.add(id)
    if (below.has(id)) for (const child of children) below.add(child)
  }
  return samples.reduce((sum, id, index) => sum + (below.has(id) ? (timeDeltas[index + 1] ?? 0) : 0), 0) / 1_000
}

describe('a profile', () => {
  test('has the code that the request ran, with file and line, and nothing of how it was started', async () => {
    const { get, file, recorded } = await start({ cpuProfile }, (app) => {
      app.get('/reports', (_req, res) => {
        burnInHandler(80)
        res.json(1)
      })
    })

    await get('/reports', BY_HEADER)
    const [one] = await recorded()
    const profile = await file(one?.id ?? '')

    expect(timeOf('burnInHandler', profile)).toBeGreaterThan(30)
    const frame = profile.nodes.find(({ callFrame }) => callFrame.functionName === 'burnInHandler')?.callFrame
    expect(frame?.url).toBe('test/cpu-profile/file.test.ts')
    expect(functionsOf(profile)).not.toContain('startSampling')
    expect(one?.cpuProfile).toMatchObject({ trigger: 'secret', intervalUs: 200, otherRequestCount: 0, isCut: false })
    const total = (profile.timeDeltas ?? []).reduce((sum, delta) => sum + delta, 0)
    expect(total).toBeLessThanOrEqual(profile.endTime - profile.startTime)
  })

  test('names files from the project on, without source, query or home directory', async () => {
    const source = `export function fromText(ms) { const until = performance.now() + ms
      while (performance.now() < until) '${PLANTED}'.length }`
    const { fromText } = await import(`data:text/javascript,${encodeURIComponent(source)}`)
    const token = `ghp_${'a1B2'.repeat(9)}`
    const named = { [token]: (ms: number) => burn(ms) }
    const { get, recorded, json, profiler, origin } = await start({ cpuProfile }, (app) => {
      app.get('/x', (_req, res) => {
        fromText(40)
        named[token]?.(40)
        res.json(1)
      })
    })

    await get('/x', BY_HEADER)
    const [one] = await recorded()
    await profiler.flush()
    const text = await (await fetch(`${origin}/silk/requests/${one?.id}/cpu-profile.cpuprofile`)).text()

    expect(text).toContain('fromText')
    for (const secret of [PLANTED, token, process.cwd(), 'file://', SECRET]) expect(text).not.toContain(secret)
    expect(JSON.stringify(await json(`/requests/${one?.id}/cpu-profile`))).not.toContain(PLANTED)
  })

  test('counts the other requests that ran meanwhile', async () => {
    const waiting: (() => void)[] = []
    const { get, recorded } = await start({ cpuProfile }, (app) => {
      app.get('/held', (_req, res) => void waiting.push(() => res.json(1)))
    })

    const before = get('/held?before')
    await expect.poll(() => waiting.length).toBe(1)
    const held = get('/held?profiled', BY_HEADER)
    await expect.poll(() => waiting.length).toBe(2)
    await get('/a')
    await get('/b')
    for (const answer of waiting) answer()
    await Promise.all([before, held])
    await get('/after')

    const all = await recorded()
    expect(all.find(({ url }) => url === '/held?profiled')?.cpuProfile?.otherRequestCount).toBe(3)
  })

  test('ends at the longest time that it may have, also where the thread was held all along', async () => {
    const { get, recorded, file } = await start({ cpuProfile: { ...cpuProfile, maxMs: 50 } }, (app) => {
      app.get('/held', (_req, res) => {
        burn(150)
        res.json(1)
      })
      app.get('/waiting', (_req, res) => void setTimeout(() => res.json(1), 150))
    })

    await get('/held', BY_HEADER)
    await get('/waiting', BY_HEADER)

    for (const { id, cpuProfile: facts } of await recorded()) {
      const { startTime, endTime } = await file(id)
      expect(facts?.isCut).toBe(true)
      expect(endTime - startTime).toBeLessThanOrEqual(50_000)
    }
  })

  test('has fewer samples where it is too large', async () => {
    // Different stacks in a row are what gzip cannot make small.
    const makers = Array.from({ length: 3_000 }, (_, at) =>
      new Function(
        `return function f${at}_${'x'.repeat(60)}(next) { const until = performance.now() + 0.1; while (performance.now() < until); return next }`,
      )(),
    )
    const { get, recorded } = await start(
      { cpuProfile: { ...cpuProfile, maxBytes: 10_000, intervalUs: 50 } },
      (app) => {
        app.get('/many', (_req, res) => {
          for (const made of makers) made()
          res.json(1)
        })
      },
    )

    await get('/many', BY_HEADER)

    const [one] = await recorded()
    expect(one?.cpuProfile?.keptOneIn).toBeGreaterThan(1)
  })

  test('is of a client that went away too', async () => {
    const waiting: (() => void)[] = []
    const { origin, profiled } = await start({ cpuProfile }, (app) => {
      app.get('/held', (_req, res) => void waiting.push(() => res.json(1)))
    })
    const gone = new AbortController()

    const answer = fetch(`${origin}/held`, { headers: BY_HEADER, signal: gone.signal }).catch(() => {})
    await expect.poll(() => waiting.length).toBe(1)
    gone.abort()
    await answer

    await expect.poll(profiled, { timeout: 20_000 }).toEqual(['/held'])
  })
})
