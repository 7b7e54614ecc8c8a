import { renameWords } from './variants/words.js'

/** `renamed`: the same with other names of tables and columns, for the variants that use them. */
export type LibraryName = 'shop' | 'renamed'

export interface LibraryTable {
  /** How many rows it has. */
  readonly count: number
  /** What is in the n-th, from 1, besides its id. */
  readonly row: (n: number) => Readonly<Record<string, string | number | null | undefined>>
  /** Other tables have an `id`, from 1. */
  readonly withoutId?: true
  readonly unique?: readonly string[]
}

const COUNTRIES = ['ES', 'FR', 'IT', 'PT'] as const

/** The tables of the shop by name. Deterministic, so that labels can count. */
const SHOP: Readonly<Record<string, LibraryTable>> = {
  authors: { count: 12, row: (n) => ({ name: `author ${n}`, country: COUNTRIES[n % 4] }) },
  /** A tree: 1; below it 2, 3 and 4; below each of them three of 5 to 13. */
  categories: {
    count: 13,
    row: (n) => ({ name: `category ${n}`, parent_id: n === 1 ? null : Math.floor((n + 1) / 3) }),
  },
  /** Five of each author, each author's in turn; categories 5 to 13. */
  books: {
    count: 60,
    row: (n) => ({
      author_id: ((n - 1) % 12) + 1,
      category_id: 5 + (n % 9),
      title: `book ${n}`,
      price_cents: 500 + n * 10,
      published_year: 1990 + (n % 30),
      stock: n % 7,
    }),
  },
  tags: { count: 8, row: (n) => ({ name: `tag ${n}` }) },
  /** Two of each book. */
  book_tags: {
    count: 120,
    withoutId: true,
    unique: ['book_id', 'tag_id'],
    row: (n) => ({ book_id: Math.ceil(n / 2), tag_id: (n % 8) + 1 }),
  },
  customers: {
    count: 15,
    row: (n) => ({
      name: `customer ${n}`,
      email: `customer${n}@example.com`,
      country: COUNTRIES[n % 4],
      credit_cents: 1_000 * n,
      referred_by: n === 1 ? null : n - 1,
    }),
  },
  /** Three of each customer. */
  orders: {
    count: 45,
    row: (n) => ({
      customer_id: ((n - 1) % 15) + 1,
      status: n % 3 === 0 ? 'open' : 'paid',
      total_cents: 1_000 + n,
      placed_on: `2026-0${1 + (n % 9)}-01`,
    }),
  },
  /** Two of each order. */
  order_lines: {
    count: 90,
    row: (n) => ({
      order_id: Math.ceil(n / 2),
      book_id: ((n - 1) % 60) + 1,
      quantity: 1 + (n % 3),
      price_cents: 500 + n,
    }),
  },
  reviews: {
    count: 60,
    row: (n) => ({ book_id: n, customer_id: ((n - 1) % 15) + 1, stars: 1 + (n % 5), body: `review ${n}` }),
  },
  settings: {
    count: 8,
    withoutId: true,
    unique: ['key'],
    row: (n) => ({ key: SETTINGS[n - 1], value: `value ${n}` }),
  },
  jobs: { count: 3, row: (n) => ({ status: 'queued', attempts: 0, payload: `payload ${n}` }) },
  logs: {
    count: 1_200,
    row: (n) => ({
      level: n % 10 === 0 ? 'error' : 'info',
      message: `message ${n}`,
      created_on: `2026-10-${10 + (n % 20)}`,
    }),
  },
}

const SETTINGS = ['currency', 'theme', 'locale', 'timezone', 'tax_rate', 'shipping', 'banner', 'page_size'] as const

/** Each has a view of the same rows, `authors_archive`: a second table for the variants that read two. */
export const ARCHIVED_TABLES: readonly string[] = [
  'authors',
  'books',
  'categories',
  'tags',
  'book_tags',
  'customers',
  'orders',
  'order_lines',
  'reviews',
]

/** By name; in the renamed library under other names, and with other words in the rows. */
export function tablesOf(library: LibraryName): Readonly<Record<string, LibraryTable>> {
  return library === 'shop' ? SHOP : RENAMED
}

const RENAMED: Readonly<Record<string, LibraryTable>> = Object.fromEntries(
  Object.entries(SHOP).map(([name, { row, unique, ...table }]) => [
    renameWords(name),
    { ...table, ...(unique && { unique: unique.map(renameWords) }), row: (n) => renameRow(row(n)) },
  ]),
)

function renameRow(row: ReturnType<LibraryTable['row']>): ReturnType<LibraryTable['row']> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      renameWords(column),
      typeof value === 'string' ? renameWords(value) : value,
    ]),
  )
}
