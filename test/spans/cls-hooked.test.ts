import silk from 'express-silk'
import { expect, test } from 'vitest'
import { start, type ToldSpan } from './support.js'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('under cls-hooked spans keep to their requests, with their queries and what is in them', async () => {
  const { app, db, origin, list, json } = await start({ context: 'cls-hooked' })
  app.get('/:name', async (req, res) => {
    const { name } = req.params
    await silk.span(`outer ${name}`, async () => {
      await pause(3)
      await Promise.all([
        silk.span(`left ${name}`, () => db('authors').limit(1)),
        silk.span(`right ${name}`, async () => {
          await pause(2)
          await db('books').limit(1)
        }),
      ])
    })
    res.json(1)
  })

  await Promise.all(['a', 'b', 'c'].map(async (name) => (await fetch(`${origin}/${name}`)).text()))

  const recorded = await list()
  expect(recorded).toHaveLength(3)
  for (const { id, request } of recorded) {
    const name = request?.path.slice(1)
    const { spans } = await json<{ spans: readonly ToldSpan[] }>(`/requests/${id}.json`)
    expect(spans.map((span) => [span.name, span.parentIndex, span.queryCount])).toEqual([
      [`outer ${name}`, null, 2],
      [`left ${name}`, 0, 1],
      [`right ${name}`, 0, 1],
    ])
  }
})
