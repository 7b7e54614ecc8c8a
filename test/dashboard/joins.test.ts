import { expect, test } from 'vitest'
import { start } from '../spans/support.js'

test('the number of joins is told with each query, on the page of its request and of its statement, and as JSON', async () => {
  const started = await start()
  const { app, db, json, page, list } = started
  app.get('/shelf', async (_, res) => {
    await db('books').join('authors', 'authors.id', 'books.author_id').where('authors.name', 'left join books')
    await db('authors')
    res.json([])
  })
  await fetch(`${started.origin}/shelf`)
  const [request] = await list('q=/shelf')

  const { queries } = await json<{ queries: readonly { joinCount: number }[] }>(`/requests/${request?.id}.json`)
  const { items } = await json<{ items: readonly { id: string; text: string; joinCount: number }[] }>(
    '/statements.json',
  )
  const joined = items.find(({ text }) => text.includes('join'))
  const one = await json<{ joinCount: number }>(`/statements/${joined?.id}.json`)

  expect(queries.map(({ joinCount }) => joinCount)).toEqual([1, 0])
  expect(items.filter(({ joinCount }) => joinCount > 0)).toEqual([joined])
  expect(one.joinCount).toBe(1)
  for (const path of [`/requests/${request?.id}`, `/requests/${request?.id}?queries=all`, '/statements']) {
    expect(await page(path)).toContain('>Joins</th>')
  }
  expect(await page(`/statements/${joined?.id}`)).toMatch(/Joins<\/[^>]+>\s*<[^>]+>1</)
})
