/** Other names for the tables and columns of the library, and for variables that are named after them. */
const WORDS: Readonly<Record<string, string>> = {
  authors: 'writers',
  author: 'writer',
  author_id: 'writer_id',
  books: 'volumes',
  book: 'volume',
  book_id: 'volume_id',
  categories: 'genres',
  category: 'genre',
  category_id: 'genre_id',
  parent_id: 'above_id',
  tags: 'keywords',
  tag: 'keyword',
  tag_id: 'keyword_id',
  book_tags: 'keywords_of_volumes',
  customers: 'patrons',
  customer: 'patron',
  customer_id: 'patron_id',
  referred_by: 'invited_by',
  credit_cents: 'balance_cents',
  country: 'land',
  orders: 'purchases',
  order_id: 'purchase_id',
  total_cents: 'sum_cents',
  placed_on: 'bought_on',
  order_lines: 'purchase_items',
  quantity: 'pieces',
  price_cents: 'amount_cents',
  published_year: 'year_of_print',
  stock: 'copies',
  reviews: 'ratings',
  review: 'rating',
  stars: 'score',
  settings: 'preferences',
  setting: 'preference',
  jobs: 'errands',
  job: 'errand',
  payload: 'contents',
  attempts: 'tries',
  logs: 'journal',
  created_on: 'written_on',
}

const ANY_WORD = new RegExp(`\\b(?:${Object.keys(WORDS).join('|')})\\b`, 'g')

/** Whole words only. */
export function renameWords(text: string): string {
  return text.replace(ANY_WORD, (word) => WORDS[word] ?? word)
}

/** Where words stand that have another name. */
export function findWords(text: string): readonly { readonly start: number; readonly end: number }[] {
  return [...text.matchAll(ANY_WORD)].map(({ index, 0: word }) => ({ start: index, end: index + word.length }))
}
