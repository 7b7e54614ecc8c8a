import type { Knex } from 'knex'

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  authors: ['id', 'name', 'country'],
  categories: ['id', 'name', 'parent_id'],
  books: ['id', 'author_id', 'category_id', 'title', 'price_cents', 'published_year', 'stock'],
  tags: ['id', 'name'],
  customers: ['id', 'name', 'email', 'country', 'credit_cents'],
  orders: ['id', 'customer_id', 'status', 'total_cents', 'placed_on'],
  order_lines: ['id', 'order_id', 'book_id', 'quantity', 'price_cents'],
  reviews: ['id', 'book_id', 'customer_id', 'stars', 'body'],
}

/** Figures that a page may show, each another statement; of one table seldom two in a row. */
const FIGURES = [0, 1, 2, 3, 4, 5, 6]
  .flatMap((at) => Object.entries(COLUMNS).flatMap(([table, columns]) => ({ table, column: columns[at] })))
  .filter(({ column }) => column !== undefined)
  .flatMap((figure) => (['min', 'max', 'count'] as const).map((name) => ({ ...figure, name })))
  .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

const shown = new WeakMap<object, number>()

/** Asks for the next figure, if there is one that the request has not asked for. */
export async function betweenQueries(request: object, db: Knex): Promise<void> {
  const at = shown.get(request) ?? 0
  shown.set(request, at + 1)
  const next = FIGURES[at]
  if (next) await db(next.table).select(db.raw(`${next.name}(??) as figure`, [next.column ?? 'id']))
}
