import type { Knex } from 'knex'

const manualCount = 60
const deliveryCount = 5_000
const cities = ['Aarhus', 'Bergen', 'Ghent', 'Graz', 'Lyon', 'Porto', 'Turku', 'Verona']

/** SQLite takes at most 500 rows in one INSERT. */
const chunkSize = 500

/** Creates the tables that only the gallery needs, unless they are there. */
export async function createGalleryTables(db: Knex): Promise<void> {
  if (await db.schema.hasTable('manuals')) return
  await db.transaction(async (trx) => {
    await trx.schema
      .createTable('manuals', (table) => {
        table.increments('id')
        table.string('title').notNullable()
        table.text('body').notNullable()
      })
      .createTable('prices', (table) => {
        table.integer('product_id').primary().references('products.id').onDelete('CASCADE')
        table.integer('cents').notNullable()
        table.integer('discount_percent').notNullable().defaultTo(0)
      })
      .createTable('stock_counts', (table) => {
        table.integer('product_id').notNullable().index()
        table.integer('pieces').notNullable()
      })
      .createTable('settings', (table) => {
        table.string('name').primary()
        table.string('value').notNullable()
      })
      .createTable('deliveries', deliveryColumns)
      .createTable('deliveries_indexed', (table) => {
        deliveryColumns(table)
        table.index('recipient')
      })
  })
}

function deliveryColumns(table: Knex.CreateTableBuilder): void {
  table.increments('id')
  table.string('recipient').notNullable()
  table.string('city').notNullable()
  table.integer('weight_grams').notNullable()
}

/** Fills the gallery's tables with always the same rows, unless they have some. */
export async function seedGallery(db: Knex): Promise<void> {
  if (await db('manuals').first('id')) return

  const manuals = Array.from({ length: manualCount }, (_, index) => ({
    title: `Manual ${index + 1}`,
    body: 'Read all of this first. '.repeat(170), // 4 kB
  }))
  const productIds: number[] = await db('products').orderBy('id').pluck('id')
  const prices = productIds.map((id) => ({ product_id: id, cents: 100 + ((id * 37) % 900) }))
  const deliveries = Array.from({ length: deliveryCount }, (_, index) => ({
    recipient: `Recipient ${index % 1_000}`,
    city: cities[index % cities.length] as string,
    weight_grams: 50 + ((index * 31) % 4_000),
  }))

  await db.transaction(async (trx) => {
    await trx('manuals').insert(manuals)
    await trx.batchInsert('prices', prices, chunkSize)
    await trx('settings').insert({ name: 'currency', value: 'EUR' })
    await trx.batchInsert('deliveries', deliveries, chunkSize)
    await trx.batchInsert('deliveries_indexed', deliveries, chunkSize)
  })
}
