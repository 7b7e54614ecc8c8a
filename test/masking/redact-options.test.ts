import express from 'express'
import silk, { type SilkOptions } from 'express-silk'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serve } from '../support/capture-harness.js'
import { sqliteLibrary } from '../support/databases.js'

/** An app under silk with these options that is asked once; what is kept of it, as its JSON page gives it. */
async function kept(redact: NonNullable<SilkOptions['redact']>) {
  const db = await sqliteLibrary()
  const heard: string[] = []
  const profiler = silk({ store: ':memory:', redact, onError: ({ message }) => heard.push(message) })
  const app = express()
  app.use(profiler, express.json())
  app.post('/people', async (req, res) => {
    await db('authors').where({ name: req.body.name })
    res.json({ name: req.body.name, password: 'of-the-answer' })
  })
  const server = await serve(app)
  onTestFinished(async () => {
    await server.close()
    await profiler.close()
    await db.destroy()
  })
  const answer = await fetch(`${server.origin}/people?q=ada&seat=12`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': 'ada@example.test', authorization: 'Basic of-the-header' },
    body: JSON.stringify({ name: 'Ada Lovelace', iban: 'DE-of-the-body', password: 'of-the-body', tags: ['a', 7] }),
  })
  const sent = await answer.text()
  await profiler.flush()
  const id = answer.headers.get('x-silk-id')
  const recording = await (await fetch(`${server.origin}/silk/requests/${id}.json`)).json()
  const health = await (await fetch(`${server.origin}/silk/health.json`)).text()
  return { sent, recording, text: JSON.stringify(recording), heard, health }
}

describe('redact.value', () => {
  test('is asked for each value with its place, and what it returns is kept', async () => {
    const asked = new Map<string, unknown>()
    const { recording, sent } = await kept({
      value: (path, value) => {
        asked.set(path, value)
        return path.endsWith('.name') ? '[somebody]' : value
      },
    })

    expect(recording.request.body.text).toContain('"name":"[somebody]"')
    expect(recording.response.body.text).toContain('"name":"[somebody]"')
    expect(recording.queries[0].bindings).toEqual(['[somebody]'])
    expect(Object.fromEntries(asked)).toMatchObject({
      'request.headers.x-user': 'ada@example.test',
      'request.query.q': 'ada',
      'request.body.iban': 'DE-of-the-body',
      'request.body.tags.1': 7,
      'response.body.name': 'Ada Lovelace',
      'queries.bindings.name': 'Ada Lovelace',
    })
    expect(JSON.parse(sent)).toEqual({ name: 'Ada Lovelace', password: 'of-the-answer' })
  })

  test('is not asked for what is masked already', async () => {
    const values: unknown[] = []
    await kept({ value: (_path, value) => values.push(value) && value })

    expect(values.filter((value) => /of-the-(?:header|answer)|^of-the-body/.test(String(value)))).toEqual([])
  })

  test('masks the value where it throws, with one warning, and the app answers as ever', async () => {
    const { recording, text, sent, heard, health } = await kept({
      value: (path, value) => {
        if (path.endsWith('.name')) throw new Error('no names here')
        return value
      },
    })

    expect(text).not.toContain('Ada Lovelace')
    expect(recording.request.body.text).toContain('"name":"[redacted]"')
    expect(recording.request.body.text).toContain('DE-of-the-body')
    expect(JSON.parse(sent).name).toBe('Ada Lovelace')
    expect(new Set(heard).size).toBe(1)
    expect(heard[0]).toContain('redact.value')
    expect(health).toContain('redact.value')
  })

  test('masks the value where it returns something that cannot be kept', async () => {
    const { text } = await kept({ value: (path, value) => (path.endsWith('.name') ? { not: 'a value' } : value) })

    expect(text).not.toContain('Ada Lovelace')
  })
})

describe('redact.names', () => {
  test('come beside the built-in ones', async () => {
    const { text } = await kept({ names: ['iban'] })

    expect(text).not.toContain('DE-of-the-body')
    expect(text).not.toContain('of-the-answer')
    expect(text).not.toContain('of-the-header')
  })

  test('stand in their place with redact.replace', async () => {
    const { text } = await kept({ names: ['iban', 'authorization'], replace: true })

    expect(text).not.toContain('DE-of-the-body')
    expect(text).not.toContain('of-the-header')
    expect(text).toContain('of-the-answer')
  })
})
