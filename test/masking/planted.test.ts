import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import express, { type Express, type Response } from 'express'
import silk, { type Profiler } from 'express-silk'
import knex, { type Knex } from 'knex'
import multer from 'multer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { PLANTED, type Place, plantedIn } from './planted.js'

/** Requests first; of statements and findings, which have the same values, as many as there is time for. */
const MOST_PAGES = 280

const pairs = (place: Place): Record<string, string> =>
  Object.fromEntries(plantedIn(place).map(({ name, value }) => [name, value]))

/** A column for each name. */
const COLUMNS = plantedIn('insert binding').map(({ name }) => name)

async function openDatabase(): Promise<Knex> {
  const db = knex({
    client: 'better-sqlite3',
    connection: { filename: ':memory:' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  const columns = COLUMNS.map((name) => `"${name}" text`).join(', ')
  await db.raw(`create table vault (id integer primary key, note text, data text, ${columns})`)
  await db.raw('create table once (word text unique)')
  return db
}

async function sendSql(db: Knex): Promise<void> {
  await db('vault').insert(pairs('insert binding'))
  for (const { name, value } of plantedIn('where binding')) await db('vault').where(name, value).first()
  for (const { name, value } of plantedIn('update binding'))
    await db('vault')
      .where('id', 1)
      .update({ [name]: value })
  await db('vault').insert({ data: JSON.stringify({ nested: [pairs('json binding')] }) })
  for (const { name, value } of plantedIn('literal')) {
    await db.raw(`select * from vault where "${name}" = '${value}' or "${name}" in ('${value}', 'x')`)
    await db.raw(`update vault set "${name}" = '${value}' where id = 2`)
    await db.raw(`insert into vault (note, "${name}") values ('x', '${value}')`)
  }
  await db.raw(`insert into vault (data) values ('${JSON.stringify(pairs('json literal'))}')`)
  for (const { name, value } of plantedIn('comment')) await db.raw(`select 1 /* ${name}=${value} */`)
  for (const { name, value } of plantedIn('sql error')) {
    await db('vault')
      .where(name, value)
      .where('no_such_column', 1)
      .catch(() => {})
    await db.raw(`select no_such_column from vault where "${name}" = '${value}'`).catch(() => {})
  }
  for (const { value } of plantedIn('plain binding')) {
    await db('vault').where('note', value)
    await db('once').insert({ word: value })
    await db('once')
      .insert({ word: value })
      .catch(() => {})
  }
  for (const { value } of plantedIn('plain literal')) await db.raw(`select * from vault where note = '${value}'`)
}

const SPIN = '(ms) { const end = performance.now() + ms; while (performance.now() < end) Math.sqrt(end) }'

/** Each long enough for the sampler to see it. The name stands in the code, since V8 tells no other. */
function runNamedCode(): void {
  for (const { value } of plantedIn('function name')) runInThisContext(`({ '${value}'${SPIN} })`)[value](15)
  for (const { value } of plantedIn('script name')) {
    runInThisContext(`(function spin${SPIN})`, { filename: `/srv/${value}/page.js` })(15)
  }
}

/** The one that has requests profiled. */
const PROFILE_SECRET = plantedIn('profile header')[0]?.value ?? ''

function createApp(profiler: Profiler, db: Knex): Express {
  const app = express()
  app.set('env', 'test')
  app.use(profiler, express.json(), express.urlencoded({ extended: true }))
  app.post('/upload', multer().none(), (_req, res) => void res.json({ ok: true }))
  app.post('/echo', (_req, res) => void res.json({ ok: true }))
  app.get('/sql', async (_req, res) => {
    await sendSql(db)
    res.json({ ok: true })
  })
  app.get('/json', (_req, res) => {
    res.json({
      deep: [{ deeper: { named: pairs('json response'), plain: pairs('plain json response') } }],
      escaped: plantedIn('escaped json response').map(({ value }) => `line\n${value}\n"quoted"`),
      filler: 'x'.repeat(6_000),
    })
  })
  app.get('/profiled', (_req, res) => {
    runNamedCode()
    res.json({ ok: true })
  })
  app.get('/marked/:index', (req, res) => {
    silk.tag(`see ${plantedIn('tag')[Number(req.params.index)]?.value}`)
    res.json({ ok: true })
  })
  app.get('/headers', (_req, res: Response) => {
    for (const { name, value } of plantedIn('response header')) res.append(`x-${name}`, value)
    for (const { name, value } of plantedIn('set-cookie')) res.append('set-cookie', `${name}=${value}; Path=/`)
    res.end()
  })
  app.get('/xml', (_req, res) => {
    const elements = plantedIn('xml response').map(({ name, value }) => `<${name}>${value}</${name}>`)
    res.type('application/xml').send(`<all>${elements.join('')}</all>`)
  })
  app.get('/html', (_req, res) => {
    const inputs = plantedIn('html response').map(({ name, value }) => `<input name="${name}" value="${value}">`)
    res.type('html').send(`<form>${inputs.join('')}</form>`)
  })
  app.get('/text', (_req, res) => {
    res.type('text').send(
      plantedIn('text response')
        .map(({ value }) => `see ${value}, and go on`)
        .join('\n'),
    )
  })
  app.get('/throw/:index', (req) => {
    const named = plantedIn('thrown error')[Number(req.params.index)]
    const plain = plantedIn('plain thrown error')[Number(req.params.index)]
    return silk.span('reckon', () => {
      throw new Error(`failed with ${named?.name}=${named?.value} and ${plain?.value ?? 'nothing else'}`)
    })
  })
  app.use(((_error, _req, res, _next) => void res.status(500).end()) satisfies express.ErrorRequestHandler)
  return app
}

async function useApp(origin: string): Promise<void> {
  const send = async (path: string, init: RequestInit = {}): Promise<void> => {
    await (await fetch(`${origin}${path}`, { redirect: 'manual', ...init })).arrayBuffer()
  }
  const headers = Object.fromEntries(plantedIn('request header').map(({ name, value }) => [`x-${name}`, value]))
  const cookies = plantedIn('cookie').map(({ name, value }) => `${name}=${value}`)
  const plain = Object.fromEntries(plantedIn('plain header').map(({ name, value }) => [`x-${name}`, `see ${value}`]))
  await send('/echo', { method: 'POST', headers: { ...headers, ...plain, cookie: cookies.join('; ') } })
  await send(`/echo?${new URLSearchParams({ ...pairs('query'), ...pairs('plain query') })}`)
  for (const { name, value } of plantedIn('referer')) {
    await send('/html', { headers: { referer: `https://shop.example/reset?${name}=${value}&page=1` } })
  }
  for (const { value } of plantedIn('path')) await send(`/files/${encodeURIComponent(value)}/view`)
  const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = { user: [{ ...pairs('json request') }], plain: Object.values(pairs('plain json request')) }
  await send('/echo', { ...json, body: JSON.stringify(body) })
  await send('/echo', { method: 'POST', body: new URLSearchParams(pairs('form request')) })
  const form = new FormData()
  for (const { name, value } of plantedIn('multipart field')) form.set(name, value)
  await send('/upload', { method: 'POST', body: form })
  for (const path of ['/sql', '/json', '/headers', '/xml', '/html', '/text']) await send(path)
  await send('/profiled', { headers: { 'x-silk-profile': PROFILE_SECRET } })
  await send(`/profiled?silk-profile=${PROFILE_SECRET}`)
  for (const { value } of plantedIn('profile header')) await send('/echo', { headers: { 'x-silk-profile': value } })
  for (const { value } of plantedIn('profile query')) await send(`/echo?silk-profile=${encodeURIComponent(value)}`)
  for (const index of plantedIn('thrown error').keys()) await send(`/throw/${index}`)
  for (const index of plantedIn('tag').keys()) await send(`/marked/${index}`)
}

/** All pages that links lead to, their JSON twins, and what can be downloaded. */
async function crawl(origin: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>()
  const wanted = [
    '/silk/',
    '/silk/requests?limit=500',
    '/silk/requests/export?format=json',
    '/silk/requests/export?format=har',
    '/silk/cpu-profiles',
  ]
  for (let path = wanted.shift(); path !== undefined && pages.size < MOST_PAGES; path = wanted.shift()) {
    if (pages.has(path) || path.includes('/assets/')) continue
    const response = await fetch(`${origin}${path}`)
    const text = await response.text()
    pages.set(path, text)
    if (!(response.headers.get('content-type') ?? '').includes('html')) continue
    const links = [...text.matchAll(/(?:href|data-href|src)="(\/silk[^"#]*)/g)].map(([, link]) =>
      (link ?? '').replaceAll('&amp;', '&'),
    )
    const [address = '', query = ''] = path.split('?')
    const isRequest = (link: string): boolean => /^\/silk\/requests\/[\da-f-]{36}(?:\?queries=all)?$/.test(link)
    const isProfile = (link: string): boolean => /\/cpu-profile(?:\.cpuprofile)?$/.test(link)
    wanted.unshift(...new Set(links.filter((link) => isRequest(link) || isProfile(link))))
    const twin = `${address.replace(/\/$/, '')}.json${query === '' ? '' : `?${query}`}`
    if (isProfile(path)) wanted.unshift(twin)
    wanted.push(...links, twin)
  }
  return pages
}

/** The same value in other words: as in an address, and as in HTML or JSON. */
function leaks(text: string): readonly string[] {
  return PLANTED.filter(({ value }) => text.includes(value) || text.includes(encodeURIComponent(value))).map(
    ({ place, name, value }) => `${place}: ${name ?? ''} ${value}`,
  )
}

describe(`of ${PLANTED.length} secrets, planted wherever an app has any`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'silk-planted-'))
  const told: string[] = []
  const { write: writeOut } = process.stdout
  const { write: writeError } = process.stderr
  let profiler: Profiler
  let db: Knex
  let server: Awaited<ReturnType<typeof serve>>
  let pages: ReadonlyMap<string, string>
  let files: readonly string[]

  beforeAll(async () => {
    const note = (chunk: unknown): boolean => told.push(String(chunk)) > 0
    process.stdout.write = note as typeof writeOut
    process.stderr.write = note as typeof writeError
    try {
      profiler = silk({
        store: join(folder, 'silk.db'),
        cpuProfile: { secret: PROFILE_SECRET, perMinute: 100 },
        user: (req) => {
          const index = Number(/^\/marked\/(\d+)/.exec(req.path)?.[1] ?? -1)
          const [id, name] = [plantedIn('user id')[index]?.value, plantedIn('user name')[index]?.value]
          return id === undefined ? null : { id, name }
        },
      })
      db = await openDatabase()
      server = await serve(createApp(profiler, db))
      await useApp(server.origin)
      await profiler.flush()
      files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'))
      pages = await crawl(server.origin)
    } finally {
      process.stdout.write = writeOut
      process.stderr.write = writeError
    }
  }, 240_000)
  afterAll(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
    rmSync(folder, { recursive: true, force: true })
  })

  test('there are two hundred and more, and no two alike', () => {
    expect(PLANTED.length).toBeGreaterThan(200)
    expect(new Set(PLANTED.map(({ value }) => value)).size).toBe(PLANTED.length)
  })

  test('none is in the database file or its log', () => {
    expect(files.length).toBeGreaterThan(1)
    expect(leaks(files.join('\n'))).toEqual([])
  })

  test('none is on a page, in its JSON, or in an export', () => {
    const found = [...pages].flatMap(([path, text]) => leaks(text).map((leak) => `${path}: ${leak}`))

    expect(found).toEqual([])
  })

  test('none is in a CPU profile, though it has the code that bears them', () => {
    const profiles = [...pages].filter(([path]) => path.endsWith('/cpu-profile.cpuprofile'))
    const addresses = [...pages.keys()].filter((path) => /\/cpu-profile(?:\.json)?(?:\?|$)/.test(path))
    const frames = profiles.map(([, text]) =>
      (JSON.parse(text) as { nodes: { callFrame: { functionName: string; url: string } }[] }).nodes.map(
        ({ callFrame }) => `${callFrame.functionName} ${callFrame.url}`,
      ),
    )

    const ofNamedCode = frames.filter((names) => names.some((name) => name.startsWith('spin ')))

    expect(ofNamedCode).toHaveLength(2)
    expect(addresses.length).toBeGreaterThan(profiles.length)
    for (const names of ofNamedCode) {
      expect(names.filter((name) => name.startsWith('[redacted] ')).length).toBeGreaterThan(1)
      expect(names.filter((name) => /^spin .*\/\[redacted\]\/page\.js$/.test(name)).length).toBeGreaterThan(1)
    }
  })

  test('none is printed', () => {
    expect(leaks(told.join(''))).toEqual([])
  })

  test('and yet all of it was recorded, and what is no secret is there', () => {
    const all = [...pages.values()].join('\n')

    expect(pages.size).toBeGreaterThan(100)
    const words = ['deeper', '/files/', 'insert into', 'and go on', 'failed with', '/reset', 'multipart/form-data']
    expect(words.filter((word) => !all.includes(word))).toEqual([])
    expect(files.join('').includes('/files/')).toBe(true)
    expect([...pages.keys()].filter((path) => path.includes('export')).length).toBeGreaterThan(1)
  })
})
