import { describe, expect, test } from 'vitest'
import { createCollection, createProduct } from '../../example-app/factories.js'
import { describeEngines, queriesOf, useExample } from '../support/example.js'

await describeEngines('Reading /collections', (engine) => {
  const example = useExample(engine)

  describe('GET /collections/', () => {
    test.each(['/collections/', '/collections'])('lists all 50 as %s, in the order of their ids', async (path) => {
      const response = await example.api.get(path)

      expect(response.status).toEqual(200)
      expect(response.body).toEqual(
        Array.from({ length: 50 }, (_, index) => ({ id: index + 1, name: `Collection ${index + 1}` })),
      )
    })

    test.each([
      ['limit=2', [1, 2]],
      ['offset=48', [49, 50]],
      ['limit=2&offset=10', [11, 12]],
      ['offset=50', []],
      ['search=collection 7', [7]],
      ['search=COLLECTION 4&limit=3&offset=1', [40, 41, 42]],
      ['search=no such name', []],
      ['search=', Array.from({ length: 50 }, (_, index) => index + 1)],
      ['search=%25', []],
      ['search=Collection_7', []],
      ['search=!', []],
    ])('?%s', async (query, ids) => {
      const response = await example.api.get(`/collections/?${query}`)

      expect(response.status).toEqual(200)
      expect(response.body.map((collection: { id: number }) => collection.id)).toEqual(ids)
    })

    test.each([
      ['limit', '0', 'Must be a whole number from 1 to 2147483647.'],
      ['limit', '-1', 'Must be a whole number from 1 to 2147483647.'],
      ['limit', 'ten', 'Must be a whole number from 1 to 2147483647.'],
      ['limit', '1.5', 'Must be a whole number from 1 to 2147483647.'],
      ['limit', '', 'Must be a whole number from 1 to 2147483647.'],
      ['limit', '2147483648', 'Must be a whole number from 1 to 2147483647.'],
      ['offset', '-1', 'Must be a whole number from 0 to 2147483647.'],
      ['search', '%00', 'Must not contain null characters.'],
      ['include', 'tags', 'Must be: products.'],
      ['load', 'lazy', 'Must be one of: naive, naive-parallel, eager, join.'],
    ])('answers 400 to %s=%s', async (field, value, message) => {
      const response = await example.api.get(`/collections/?${field}=${value}`)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual({ [field]: [message] })
    })

    test('takes one query', async () => {
      expect(await queriesOf(example.db, () => example.api.get('/collections/?limit=5&search=1'))).toHaveLength(1)
    })
  })

  describe('GET /collections/?include=products', () => {
    const list = (load: string) => example.api.get(`/collections/?include=products&load=${load}`)

    test('gives each collection its 20 products, in the order of their ids', async () => {
      const { body } = await list('eager')

      expect(body).toHaveLength(50)
      expect(body[2].products).toHaveLength(20)
      expect({ ...body[2], products: body[2].products.slice(0, 2) }).toEqual({
        id: 3,
        name: 'Collection 3',
        products: [
          { id: 3, name: 'Product 3', collection_id: 3 },
          { id: 53, name: 'Product 53', collection_id: 3 },
        ],
      })
    })

    test('is the same text in each mode, eager being the default', async () => {
      const { text } = await list('eager')

      expect((await list('naive')).text).toEqual(text)
      expect((await list('naive-parallel')).text).toEqual(text)
      expect((await list('join')).text).toEqual(text)
      expect((await example.api.get('/collections?include=products')).text).toEqual(text)
    })

    test.each([
      ['naive', 51],
      ['naive-parallel', 51],
      ['eager', 2],
      ['join', 1],
    ])('by %s takes %i queries', async (load, queryCount) => {
      expect(await queriesOf(example.db, () => list(load))).toHaveLength(queryCount)
    })

    test.each(['naive', 'naive-parallel', 'eager', 'join'])('by %s counts collections by limit', async (load) => {
      const { body } = await example.api.get(`/collections/?include=products&load=${load}&limit=3&offset=1&search=1`)
      expect(body.map(({ id, products }: { id: number; products: [] }) => [id, products.length])).toEqual([
        [10, 20],
        [11, 20],
        [12, 20],
      ])
    })
  })

  describe('GET /collections/:id/', () => {
    test.each(['/collections/7/', '/collections/7'])('answers 200 to %s', async (path) => {
      const response = await example.api.get(path)

      expect(response.status).toEqual(200)
      expect(response.body).toEqual({ id: 7, name: 'Collection 7' })
    })

    test.each(['51', '0', 'seven', '-1', '1.5', '99999999999'])('answers 404 to %s', async (id) => {
      const response = await example.api.get(`/collections/${id}/`)

      expect(response.status).toEqual(404)
      expect(response.body).toEqual({ detail: 'Not found.' })
    })
  })
})

await describeEngines('Writing /collections', (engine) => {
  const example = useExample(engine)
  const find = (id: number) => example.db('collections').where({ id }).first()

  test('a collection without products has an empty list of them in each mode', async () => {
    const { id, name } = await createCollection(example.db)

    for (const load of ['naive', 'naive-parallel', 'eager', 'join']) {
      const response = await example.api.get(`/collections/?include=products&load=${load}&search=${name}`)
      expect(response.body).toEqual([{ id, name, products: [] }])
    }
  })

  describe.each([
    ['post', '/collections/'],
    ['put', '/collections/1/'],
    ['patch', '/collections/1/'],
    ['delete', '/collections/1/'],
  ] as const)('%s %s', (method, path) => {
    test('answers 401 to nobody and to a bad token', async () => {
      await example.api[method](path).send({ name: 'Renamed' }).expect(401)
      await example.api[method](path).set('authorization', 'Bearer bad').send({ name: 'Renamed' }).expect(401)
      expect(await find(1)).toEqual({ id: 1, name: 'Collection 1' })
    })

    test('answers 403 to a user who is not staff', async () => {
      await example.api[method](path).set('authorization', example.regular).send({ name: 'Renamed' }).expect(403)
      expect(await find(1)).toEqual({ id: 1, name: 'Collection 1' })
    })
  })

  describe.each([
    ['post', '/collections/'],
    ['put', '/collections/1/'],
    ['patch', '/collections/1/'],
  ] as const)('%s %s', (method, path) => {
    test.each([
      [{ name: '' }, 'May not be blank.'],
      [{ name: '  ' }, 'May not be blank.'],
      [{ name: 7 }, 'Must be a string.'],
      [{ name: null }, 'Must be a string.'],
      [{ name: 'x'.repeat(256) }, 'At most 255 characters.'],
      [{ name: 'null \0 character' }, 'Must not contain null characters.'],
    ])('answers 400 by field to %j', async (body, message) => {
      const response = await example.api[method](path).set('authorization', example.staff).send(body)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual({ name: [message] })
      expect(await find(1)).toEqual({ id: 1, name: 'Collection 1' })
    })
  })

  test.each([
    ['post', '/collections/'],
    ['put', '/collections/1/'],
  ] as const)('%s %s answers 400 to a missing name and to no body at all', async (method, path) => {
    for (const body of [{}, [], undefined]) {
      const response = await example.api[method](path).set('authorization', example.staff).send(body)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual({ name: ['This field is required.'] })
    }
  })

  test.each(['/collections/', '/collections'])('POST %s answers 201 with the row', async (path) => {
    const response = await example.api.post(path).set('authorization', example.staff).send({ name: ' Spring ', id: 3 })

    expect(response.status).toEqual(201)
    expect(response.body).toEqual({ id: expect.any(Number), name: 'Spring' })
    expect(response.body.id).toBeGreaterThan(50)
    expect(await find(response.body.id)).toEqual(response.body)
  })

  test.each(['put', 'patch'] as const)('%s answers 200 with the row as it is now', async (method) => {
    const { id } = await createCollection(example.db)
    for (const [path, name] of [
      [`/collections/${id}/`, 'Summer'],
      [`/collections/${id}`, 'Autumn'],
    ] as const) {
      const response = await example.api[method](path).set('authorization', example.staff).send({ name })

      expect(response.status).toEqual(200)
      expect(response.body).toEqual({ id, name })
      expect(await find(id)).toEqual({ id, name })
    }
  })

  test('PATCH without a change answers 200 with the row', async () => {
    const collection = await createCollection(example.db)
    const response = await example.api.patch(`/collections/${collection.id}/`).set('authorization', example.staff)

    expect(response.status).toEqual(200)
    expect(response.body).toEqual(collection)
  })

  test.each(['', '/'])('DELETE answers 204 and takes the products with it (ending "%s")', async (ending) => {
    const product = await createProduct(example.db)
    const other = await createProduct(example.db)
    const path = `/collections/${product.collection_id}${ending}`
    const response = await example.api.delete(path).set('authorization', example.staff)

    expect(response.status).toEqual(204)
    expect(response.text).toEqual('')
    expect(await find(product.collection_id)).toEqual(undefined)
    await example.api.get(`/products/${product.id}/`).expect(404)
    await example.api.get(`/products/${other.id}/`).expect(200)
  })

  test.each(['put', 'patch', 'delete'] as const)('%s answers 404 to an unknown id', async (method) => {
    for (const id of ['999999', 'seven']) {
      const request = example.api[method](`/collections/${id}/`).set('authorization', example.staff)
      await request.send({ name: 'Winter' }).expect(404)
    }
    const empty = example.api[method]('/collections/999999/').set('authorization', example.staff).send({})
    await empty.expect(method === 'put' ? 400 : 404)
  })
})
