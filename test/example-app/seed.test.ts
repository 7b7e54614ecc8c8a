import { expect, test } from 'vitest'
import { connect, createSchema } from '../../example-app/database.js'
import { seed } from '../../example-app/seed.js'
import { describeEngines, useExample } from '../support/example.js'

await describeEngines('Starting again on the same database', (engine) => {
  const example = useExample(engine)

  test('leaves what was changed', async () => {
    await example.db('collections').where('id', 50).delete()
    await createSchema(example.db)
    await seed(example.db)

    expect(await example.db('collections').pluck('id')).toHaveLength(49)
    expect(await example.db('products').pluck('id')).toHaveLength(980)
    expect(await example.db('users').orderBy('id').pluck('username')).toEqual(['admin', 'regular-user'])
  })
})

test('a DATABASE_URL that is not PostgreSQL’s is refused without showing its password', () => {
  expect(() => connect('mysql://root:secret@127.0.0.1/shop')).toThrow(
    'DATABASE_URL must start with postgres:// or postgresql://; leave it empty for SQLite in memory.',
  )
})
