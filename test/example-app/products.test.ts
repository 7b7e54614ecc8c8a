import { describe, expect, test } from 'vitest'
import { createCollection, createProduct, createTag } from '../../example-app/factories.js'
import { describeEngines, queriesOf, useExample } from '../support/example.js'

await describeEngines('Reading /products', (engine) => {
  const example = useExample(engine)

  describe('GET /products/', () => {
    test.each(['/products/', '/products'])('lists all 1,000 as %s, in the order of their ids', async (path) => {
      const response = await example.api.get(path)

      expect(response.status).toEqual(200)
      expect(response.body).toEqual(
        Array.from({ length: 1000 }, (_, index) => ({
          id: index + 1,
          name: `Product ${index + 1}`,
          collection_id: (index % 50) + 1,
        })),
      )
    })

    test.each([
      ['limit=2', [1, 2]],
      ['offset=998', [999, 1000]],
      ['search=product 100', [100, 1000]],
      ['search=PRODUCT 99&offset=9', [998, 999]],
      ['collection_id=50&limit=3', [50, 100, 150]],
      ['collection_id=50&search=product 5', [50, 500, 550]],
      ['collection_id=51', []],
    ])('?%s', async (query, ids) => {
      const response = await example.api.get(`/products/?${query}`)

      expect(response.status).toEqual(200)
      expect(response.body.map((product: { id: number }) => product.id)).toEqual(ids)
    })

    test('gives each collection 20 products', async () => {
      expect((await example.api.get('/products/?collection_id=17')).body).toHaveLength(20)
    })

    test.each([
      ['limit', 'x', 'Must be a whole number from 1 to 2147483647.'],
      ['offset', '-1', 'Must be a whole number from 0 to 2147483647.'],
      ['collection_id', 'x', 'Must be a whole number from 1 to 2147483647.'],
      ['include', 'collections', 'Must be: collection.'],
      ['load', 'lazy', 'Must be one of: naive, naive-parallel, eager, join.'],
    ])('answers 400 to %s=%s', async (field, value, message) => {
      const response = await example.api.get(`/products/?${field}=${value}`)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual({ [field]: [message] })
    })

    test('names each bad field in one answer', async () => {
      const { body } = await example.api.get('/products/?limit=1&limit=2&offset=x&load=lazy')
      expect(Object.keys(body)).toEqual(['limit', 'offset', 'load'])
    })

    test('takes one query', async () => {
      const list = () => example.api.get('/products/?limit=5&search=1&collection_id=1')
      expect(await queriesOf(example.db, list)).toHaveLength(1)
    })
  })

  describe('GET /products/?include=collection', () => {
    const list = (load: string, more = '&limit=30&offset=40') =>
      example.api.get(`/products/?include=collection&load=${load}${more}`)

    test('gives each product its collection', async () => {
      const { body } = await list('eager')

      expect(body).toHaveLength(30)
      expect(body[10]).toEqual({
        id: 51,
        name: 'Product 51',
        collection_id: 1,
        collection: { id: 1, name: 'Collection 1' },
      })
    })

    test('is the same text in each mode, eager being the default', async () => {
      const { text } = await list('eager')

      expect((await list('naive')).text).toEqual(text)
      expect((await list('naive-parallel')).text).toEqual(text)
      expect((await list('join')).text).toEqual(text)
      expect((await example.api.get('/products?include=collection&limit=30&offset=40')).text).toEqual(text)
    })

    test('is the same text for all 1,000 products, by join and by eager', async () => {
      expect((await list('join', '')).text).toEqual((await list('eager', '')).text)
    })

    test('takes filters in each mode', async () => {
      for (const load of ['naive', 'naive-parallel', 'eager', 'join']) {
        const { body } = await list(load, '&collection_id=2&search=product 1&limit=2')
        expect(body).toEqual([
          { id: 102, name: 'Product 102', collection_id: 2, collection: { id: 2, name: 'Collection 2' } },
          { id: 152, name: 'Product 152', collection_id: 2, collection: { id: 2, name: 'Collection 2' } },
        ])
      }
    })

    test.each([
      ['naive', 31],
      ['naive-parallel', 31],
      ['eager', 2],
      ['join', 1],
    ])('by %s takes %i queries for 30 products', async (load, queryCount) => {
      expect(await queriesOf(example.db, () => list(load))).toHaveLength(queryCount)
    })
  })

  describe('GET /products/:id/', () => {
    test.each(['/products/77/', '/products/77'])('answers 200 to %s', async (path) => {
      const response = await example.api.get(path)

      expect(response.status).toEqual(200)
      expect(response.body).toEqual({ id: 77, name: 'Product 77', collection_id: 27 })
    })

    test.each(['1001', '0', 'seven', '99999999999'])('answers 404 to %s', async (id) => {
      const response = await example.api.get(`/products/${id}/`)

      expect(response.status).toEqual(404)
      expect(response.body).toEqual({ detail: 'Not found.' })
    })
  })

  test('each product has two tags', async () => {
    const counts = await example.db('product_tags').groupBy('product_id').count({ count: '*' })

    expect(counts).toHaveLength(1000)
    expect(new Set(counts.map(({ count }) => Number(count)))).toEqual(new Set([2]))
  })
})

await describeEngines('Writing /products', (engine) => {
  const example = useExample(engine)
  const first = { id: 1, name: 'Product 1', collection_id: 1 }
  const find = (id: number) => example.db('products').where({ id }).first()

  describe.each([
    ['post', '/products/'],
    ['put', '/products/1/'],
    ['patch', '/products/1/'],
    ['delete', '/products/1/'],
  ] as const)('%s %s', (method, path) => {
    const body = { name: 'Renamed', collection_id: 2 }

    test('answers 401 to nobody and to a bad token', async () => {
      await example.api[method](path).send(body).expect(401)
      await example.api[method](path).set('authorization', 'Bearer bad').send(body).expect(401)
      expect(await find(1)).toEqual(first)
    })

    test('answers 403 to a user who is not staff', async () => {
      await example.api[method](path).set('authorization', example.regular).send(body).expect(403)
      expect(await find(1)).toEqual(first)
    })
  })

  describe.each([
    ['post', '/products/'],
    ['put', '/products/1/'],
    ['patch', '/products/1/'],
  ] as const)('%s %s', (method, path) => {
    test.each([
      [{ name: '', collection_id: 1 }, { name: ['May not be blank.'] }],
      [{ name: 'Lamp', collection_id: '1' }, { collection_id: ['Must be a whole number.'] }],
      [{ name: 'Lamp', collection_id: 1.5 }, { collection_id: ['Must be a whole number.'] }],
      [{ name: 'Lamp', collection_id: 0 }, { collection_id: ['Must be 1 or more.'] }],
      [{ name: 'Lamp', collection_id: 2 ** 31 }, { collection_id: ['Must be at most 2147483647.'] }],
      [{ name: 'Lamp', collection_id: 999999 }, { collection_id: ['There is no collection 999999.'] }],
      [
        { name: 1, collection_id: null },
        { name: ['Must be a string.'], collection_id: ['Must be a whole number.'] },
      ],
    ])('answers 400 by field to %j', async (body, messages) => {
      const response = await example.api[method](path).set('authorization', example.staff).send(body)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual(messages)
      expect(await find(1)).toEqual(first)
    })
  })

  test.each([
    ['post', '/products/'],
    ['put', '/products/1/'],
  ] as const)('%s %s answers 400 to each missing field', async (method, path) => {
    const required = ['This field is required.']
    const send = (body: object) => example.api[method](path).set('authorization', example.staff).send(body)

    expect((await send({}).expect(400)).body).toEqual({ name: required, collection_id: required })
    expect((await send({ name: 'Lamp' }).expect(400)).body).toEqual({ collection_id: required })
    expect((await send({ collection_id: 1 }).expect(400)).body).toEqual({ name: required })
  })

  test.each(['/products/', '/products'])('POST %s answers 201 with the row', async (path) => {
    const values = { name: 'Lamp', collection_id: 5 }
    const response = await example.api.post(path).set('authorization', example.staff).send(values)

    expect(response.status).toEqual(201)
    expect(response.body).toEqual({ id: expect.any(Number), ...values })
    expect(response.body.id).toBeGreaterThan(1000)
    expect(await find(response.body.id)).toEqual(response.body)
  })

  test.each(['', '/'])('PUT answers 200 and replaces the row (ending "%s")', async (ending) => {
    const { id } = await createProduct(example.db)
    const values = { name: 'Chair', collection_id: (await createCollection(example.db)).id }
    const response = await example.api.put(`/products/${id}${ending}`).set('authorization', example.staff).send(values)

    expect(response.status).toEqual(200)
    expect(response.body).toEqual({ id, ...values })
    expect(await find(id)).toEqual({ id, ...values })
  })

  test('PATCH answers 200 and changes only what it is given', async () => {
    const product = await createProduct(example.db)
    const patch = (path: string, body: object) =>
      example.api.patch(path).set('authorization', example.staff).send(body).expect(200)

    const renamed = await patch(`/products/${product.id}/`, { name: 'Table' })
    expect(renamed.body).toEqual({ ...product, name: 'Table' })

    const moved = await patch(`/products/${product.id}`, { collection_id: 3 })
    expect(moved.body).toEqual({ ...product, name: 'Table', collection_id: 3 })

    const same = await patch(`/products/${product.id}/`, {})
    expect(same.body).toEqual(moved.body)
    expect(await find(product.id)).toEqual(moved.body)
  })

  test.each(['', '/'])('DELETE answers 204 and leaves collection and tags (ending "%s")', async (ending) => {
    const product = await createProduct(example.db)
    const tag = await createTag(example.db, `tag ${product.id}`, [product])
    const response = await example.api.delete(`/products/${product.id}${ending}`).set('authorization', example.staff)

    expect(response.status).toEqual(204)
    expect(response.text).toEqual('')
    expect(await find(product.id)).toEqual(undefined)
    await example.api.get(`/collections/${product.collection_id}/`).expect(200)
    expect(await example.db('tags').where('id', tag.id)).toHaveLength(1)
    expect(await example.db('product_tags').where('tag_id', tag.id)).toHaveLength(0)
  })

  test.each(['put', 'patch', 'delete'] as const)('%s answers 404 to an unknown id', async (method) => {
    for (const id of ['999999', 'seven']) {
      const request = example.api[method](`/products/${id}/`).set('authorization', example.staff)
      await request.send({ name: 'Lamp', collection_id: 1 }).expect(404)
    }
  })
})
