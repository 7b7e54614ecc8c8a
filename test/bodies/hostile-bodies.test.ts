import express, { type RequestHandler } from 'express'
import silk from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HOSTILE } from '../faults/support/hostile-values.mjs'
import { serve } from '../support/capture-harness.js'

/** What a parser of the app may leave as `req.body`, and what of it can be read. */
const SHOWN: Readonly<Record<string, unknown>> = {
  circular: { name: 'me', self: '…', list: ['…', { value: '…' }] },
  deep: expect.anything(),
  wide: expect.anything(),
  'big integer': expect.stringMatching(/^\d{1205}$/),
  symbol: '<symbol>',
  function: '<function>',
  'invalid date': null,
  getters: {
    name: '<unreadable value>',
    toJSON: '<function>',
    toString: '<function>',
    valueOf: '<function>',
  },
  proxy: '<unreadable value>',
  'proxy of a function': '<function>',
  'proxy of an array': '<unreadable value>',
  'no prototype': {},
  'revoked proxy': '<unreadable value>',
  'half a character': '\ud800',
  'a date that throws': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  'a map of itself': {},
  'a typed array that is detached': '<0 bytes>',
}

const KINDS = Object.keys(SHOWN)
const made = (kind: string): unknown => {
  const { bindings } = HOSTILE[kind as keyof typeof HOSTILE]() as { readonly bindings: readonly unknown[] }
  return bindings[0]
}

/** Reads the body, and leaves a value in its place, beside one that is harmless. */
const parse: RequestHandler = async (req, _res, next) => {
  if (req.method !== 'POST') return next()
  for await (const _ of req);
  req.body = { harmless: 'text', value: made(String(req.query.kind)) }
  next()
}

/** What the app itself can tell of it. */
const answer: RequestHandler = (req, res) => {
  const told: unknown[] = [typeof req.body.value, Object.keys(req.body)]
  for (const look of [(value: object) => Object.keys(value).length, (value: object) => JSON.stringify(value)?.length]) {
    try {
      told.push(look(req.body.value))
    } catch (error) {
      told.push((error as Error).name)
    }
  }
  res.json(told)
}

async function start(isOn: boolean, isParsedFirst: boolean) {
  const errors: string[] = []
  const profiler = silk({ store: ':memory:', enabled: isOn, onError: (error) => errors.push(error.message) })
  const app = express()
  if (isParsedFirst) app.use(parse, profiler)
  else app.use(profiler, parse)
  app.post('/', answer)
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
  })
  const post = async (kind: string): Promise<string> => {
    const type = isParsedFirst ? 'application/json' : 'multipart/form-data; boundary=x'
    const body = isParsedFirst ? '{}' : '--x--\r\n'
    const url = `${server.origin}/?kind=${encodeURIComponent(kind)}`
    return (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).text()
  }
  const get = async (path: string): Promise<string> => (await fetch(`${server.origin}/silk${path}`)).text()
  const newest = async () => {
    await profiler.flush()
    const { items } = JSON.parse(await get('/requests.json?limit=1'))
    const page = await get(`/requests/${items[0].id}`)
    return { page, recording: JSON.parse(await get(`/requests/${items[0].id}.json`)) }
  }
  return { post, newest, errors }
}

describe.each([
  ['a parser in front of silk', true],
  ['a parser of multipart behind it', false],
])('what %s leaves as req.body', (_, isParsedFirst) => {
  test.each(KINDS)('%s: the answer is the same, and what can be read is recorded', async (kind) => {
    const [without, app] = [await start(false, isParsedFirst), await start(true, isParsedFirst)]

    expect(await app.post(kind)).toBe(await without.post(kind))

    const { page, recording } = await app.newest()
    expect(page).toContain('harmless')
    const { body } = recording.request
    expect(body.text).toContain('"harmless":"text"')
    if (!body.truncated) {
      const shown = JSON.parse(body.text)
      expect((isParsedFirst ? shown : shown.fields).value).toEqual(SHOWN[kind])
    }
    expect(body.truncated).toBe(kind === 'wide')
    expect(app.errors).toEqual([])
  })
})
