import type { CorpusCase } from '../corpus-case.js'

/** What is asked per item: several statements, aggregates, raw SQL, joins; in transactions and nested loops. */
export const cases: readonly CorpusCase[] = [
  {
    name: 'two-statements-per-item',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(10)
      for (const book of books) {
        book.author = await db('authors').where('id', book.author_id).first() // hit: two-statements-per-item
        book.reviews = await db('reviews').where('book_id', book.id)
      }
      res.json(books)
    },
    findings: [
      { kind: 'n-plus-one', statement: ['from authors where id = ?', 'from reviews where book_id = ?'], count: 20 },
    ],
  },
  {
    name: 'three-statements-per-item',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(8)
      for (const order of orders) {
        const customer = await db('customers').where('id', order.customer_id).first() // hit: three-statements-per-item
        const lines = await db('order_lines').where('order_id', order.id)
        const [bought] = await db('orders').where('customer_id', order.customer_id).count('* as n')
        Object.assign(order, { customer, lines, bought })
      }
      res.json(orders)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: [
          'from customers where id = ?',
          'from order_lines where order_id = ?',
          'count(*) as n from orders where customer_id = ?',
        ],
        count: 24,
      },
    ],
  },
  {
    name: 'two-statements-per-item-at-once',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      const pages = await Promise.all(
        authors.map(async ({ id, country }) => {
          const [books, peers] = await Promise.all([
            db('books').where('author_id', id), // hit: two-statements-per-item-at-once
            db('authors').where({ country }).whereNot({ id }).select('name'),
          ])
          return { books, peers }
        }),
      )
      res.json(pages)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from books where author_id = ?', 'from authors where country = ? and not id = ?'],
        count: 24,
      },
    ],
  },
  {
    name: 'a-second-statement-for-some',
    why: 'every book asks for its tags; those on stock, six of seven, for an order line too',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(7)
      for (const book of books) {
        book.tags = await db('book_tags').where('book_id', book.id).pluck('tag_id') // hit: a-second-statement-for-some
        if (book.stock > 0) book.sold = await db('order_lines').where('book_id', book.id).first()
      }
      res.json(books)
    },
    findings: [
      {
        kind: 'n-plus-one',
        statement: ['from book_tags where book_id = ?', 'from order_lines where book_id = ?'],
        count: 13,
      },
    ],
  },
  {
    name: 'a-constant-and-a-look-up-per-item',
    why: 'the setting is the same each time; the books are not',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        author.currency = await db('settings').where('key', 'currency').first() // hit: a-constant-per-item
        author.books = await db('books').where('author_id', author.id) // hit: a-constant-and-a-look-up-per-item
      }
      res.json(authors)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 12 },
      { kind: 'duplicate-query', statement: 'from settings where key = ?', count: 12, at: 'a-constant-per-item' },
    ],
  },
  {
    name: 'nested-loops',
    why: 'two loops, each a finding: one whereIn for the books, one for their reviews',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(6)
      for (const author of authors) {
        author.books = await db('books').where('author_id', author.id).orderBy('id') // hit: nested-loops/outer
        for (const book of author.books) {
          book.reviews = await db('reviews').where('book_id', book.id) // hit: nested-loops/inner
        }
      }
      res.json(authors)
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 6, at: 'nested-loops/outer' },
      { kind: 'n-plus-one', statement: 'from reviews where book_id = ?', count: 30, at: 'nested-loops/inner' },
    ],
  },
  {
    name: 'nested-loops-short-outside',
    why: 'two authors by five books: only the inner loop is long, over all of its turns',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(2)
      for (const author of authors) {
        author.books = await db('books').where('author_id', author.id).orderBy('id')
        for (const book of author.books) {
          book.tags = await db('book_tags').where('book_id', book.id) // hit: nested-loops-short-outside
        }
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from book_tags where book_id = ?', count: 10 }],
  },
  {
    name: 'two-loops-of-one-statement',
    why: 'two lines, each long enough: two findings',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id').limit(6)
      const reviews = await db('reviews').orderBy('id', 'desc').limit(5)
      for (const order of orders) {
        order.by = await db('customers').where('id', order.customer_id).first() // hit: two-loops/orders
      }
      for (const review of reviews) {
        review.by = await db('customers').where('id', review.customer_id).first() // hit: two-loops/reviews
      }
      res.json({ orders, reviews })
    },
    findings: [
      { kind: 'n-plus-one', statement: 'from customers where id = ?', count: 6, at: 'two-loops/orders' },
      { kind: 'n-plus-one', statement: 'from customers where id = ?', count: 5, at: 'two-loops/reviews' },
    ],
  },
  {
    name: 'count-per-item',
    async handler(db, _req, res) {
      const customers = await db('customers').orderBy('id')
      for (const customer of customers) {
        const row = await db('orders').where('customer_id', customer.id).count({ n: '*' }).first() // hit: count-per-item
        customer.orders = Number(row?.n)
      }
      res.json(customers)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 15 }],
  },
  {
    name: 'count-by-group',
    async handler(db, _req, res) {
      const counts = await db('orders').select('customer_id').count({ n: '*' }).groupBy('customer_id')
      res.json(counts)
    },
    findings: [],
  },
  {
    name: 'count-per-status',
    why: 'a loop over a list in the code, not over rows: one groupBy instead',
    async handler(db, _req, res) {
      const counts: Record<string, unknown> = {}
      for (const status of ['open', 'paid', 'packed', 'sent', 'returned']) {
        counts[status] = await db('orders').where({ status }).count({ n: '*' }).first() // hit: count-per-status
      }
      res.json(counts)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where status = ?', count: 5 }],
  },
  {
    name: 'exists-per-item',
    async handler(db, _req, res) {
      const books = await db('books').select('id', 'title').orderBy('id').limit(14)
      for (const book of books) {
        const lines = db('order_lines').where('book_id', book.id)
        const found = await db.select(db.raw('1 as found')).whereExists(lines) // hit: exists-per-item
        book.isSold = found.length > 0
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where exists (select ', count: 14 }],
  },
  {
    name: 'first-in-a-loop',
    async handler(db, _req, res) {
      const tags = await db('tags').orderBy('name')
      for (const tag of tags) {
        tag.example = await db('book_tags').where('tag_id', tag.id).orderBy('book_id').first('book_id') // hit: first-in-a-loop
      }
      res.json(tags)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from book_tags where tag_id = ?', count: 8 }],
  },
  {
    name: 'latest-per-item',
    async handler(db, _req, res) {
      const ids: number[] = await db('customers').orderBy('id').pluck('id')
      const latest = []
      for (const id of ids) {
        const newest = db('orders').where('customer_id', id).orderBy('placed_on', 'desc') // hit: latest-per-item
        latest.push(await newest.limit(1))
      }
      res.json(latest)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ? order by placed_on', count: 15 }],
  },
  {
    name: 'where-in-of-one',
    why: 'a whereIn with one element each time gains nothing',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        author.books = await db('books').whereIn('author_id', [author.id]) // hit: where-in-of-one
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id in', count: 12 }],
  },
  {
    name: 'where-in-of-each-ones-own',
    why: 'a list for each row, of its related ids: still one query per row',
    async handler(db, _req, res) {
      const links = await db('book_tags').where('book_id', '<=', 7)
      const books = await db('books').where('id', '<=', 7).orderBy('id')
      for (const book of books) {
        const ids = links.filter(({ book_id }) => book_id === book.id).map(({ tag_id }) => tag_id)
        book.tags = await db('tags').whereIn('id', ids) // hit: where-in-of-each-ones-own
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from tags where id in', count: 7 }],
  },
  {
    name: 'raw-with-question-marks',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id')
      for (const author of authors) {
        const answer = await db.raw('select id, title from books where author_id = ? order by id', [author.id]) // hit: raw-with-question-marks
        author.books = answer.rows ?? answer
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'select id, title from books where author_id = ?', count: 12 }],
  },
  {
    name: 'raw-with-values-in-the-text',
    why: 'the values stand in the SQL itself, so that each statement is a different string',
    async handler(db, _req, res) {
      const ids: number[] = await db('books').orderBy('id').limit(9).pluck('id')
      const answers = []
      for (const id of ids) {
        answers.push(await db.raw(`select stars from reviews where book_id = ${id} and stars > 0`)) // hit: raw-with-values-in-the-text
      }
      res.json(answers.length)
    },
    findings: [{ kind: 'n-plus-one', statement: 'select stars from reviews where book_id = ?', count: 9 }],
  },
  {
    name: 'raw-with-names',
    async handler(db, _req, res) {
      const ids: number[] = await db('customers').orderBy('id').limit(10).pluck('id')
      const sum = 'select sum(total_cents) as total from orders where customer_id = :id and status = :status'
      const sums = await Promise.all(
        ids.map((id) => db.raw(sum, { id, status: 'paid' })), // hit: raw-with-names
      )
      res.json(sums.length)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 10 }],
  },
  {
    name: 'where-raw-in-a-loop',
    async handler(db, _req, res) {
      const names: string[] = await db('authors').orderBy('id').limit(7).pluck('name')
      const found = []
      for (const name of names) {
        found.push(await db('authors').whereRaw('lower(name) = lower(?)', [name]).first()) // hit: where-raw-in-a-loop
      }
      res.json(found)
    },
    findings: [{ kind: 'n-plus-one', statement: 'lower(name) = lower(?)', count: 7 }],
  },
  {
    name: 'join-per-item',
    async handler(db, _req, res) {
      const tags = await db('tags').orderBy('id')
      for (const tag of tags) {
        tag.books = await db('books') // hit: join-per-item
          .join('book_tags', 'book_tags.book_id', 'books.id')
          .where('book_tags.tag_id', tag.id)
          .select('books.id', 'books.title')
      }
      res.json(tags)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where book_tags.tag_id = ?', count: 8 }],
  },
  {
    name: 'composite-key-per-item',
    async handler(db, _req, res) {
      const reviews = await db('reviews').orderBy('id').limit(9)
      for (const review of reviews) {
        const { book_id, customer_id } = review
        review.isOnly = (await db('reviews').where({ book_id, customer_id })).length === 1 // hit: composite-key-per-item
      }
      res.json(reviews)
    },
    findings: [{ kind: 'n-plus-one', statement: 'where book_id = ? and customer_id = ?', count: 9 }],
  },
  {
    name: 'in-a-transaction',
    async handler(db, _req, res) {
      const report = await db.transaction(async (trx) => {
        const orders = await trx('orders').where('status', 'open').orderBy('id').limit(9)
        for (const order of orders) {
          order.lines = await trx('order_lines').where('order_id', order.id) // hit: in-a-transaction
        }
        return orders
      })
      res.json(report)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 9 }],
  },
  {
    name: 'a-transaction-per-item',
    why: 'each look-up in a transaction of its own: BEGIN and COMMIT stand between them',
    async handler(db, _req, res) {
      const ids: number[] = await db('orders').orderBy('id').limit(6).pluck('id')
      const orders = []
      for (const id of ids) {
        orders.push(
          await db.transaction((trx) => trx('order_lines').where('order_id', id).orderBy('id')), // hit: a-transaction-per-item
        )
      }
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from order_lines where order_id = ?', count: 6 }],
  },
  {
    name: 'transacting-per-item',
    async handler(db, _req, res) {
      const trx = await db.transaction()
      const customers = await db('customers').transacting(trx).orderBy('id').limit(8)
      for (const customer of customers) {
        customer.orders = await db('orders').where('customer_id', customer.id).transacting(trx) // hit: transacting-per-item
      }
      await trx.commit()
      res.json(customers)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from orders where customer_id = ?', count: 8 }],
  },
  {
    name: 'clone-of-a-base-query',
    why: 'the base is built once; each turn makes its own of it',
    async handler(db, _req, res) {
      const base = db('books').select('id', 'title').orderBy('title')
      const ids: number[] = await db('categories').where('id', '>', 4).orderBy('id').pluck('id')
      const shelves = []
      for (const id of ids) {
        const shelf = base.clone().where('category_id', id) // hit: clone-of-a-base-query
        shelves.push(await shelf)
      }
      res.json(shelves)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where category_id = ?', count: 9 }],
  },
  {
    name: 'few-values-often',
    why: 'forty-five orders of fifteen customers: repeats within the loop belong to the one finding',
    async handler(db, _req, res) {
      const orders = await db('orders').orderBy('id')
      for (const order of orders) {
        order.customer = await db('customers').where('id', order.customer_id).first() // hit: few-values-often
      }
      res.json(orders)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from customers where id = ?', count: 45 }],
  },
  {
    name: 'noise-between',
    why: 'other statements, different ones, between the turns',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(6)
      const noise = [
        () => db('tags').count('* as n'),
        () => db('settings').where('key', 'theme').first(),
        () => db('jobs').orderBy('id'),
        () => db('customers').max('credit_cents as most'),
        () => db('orders').min('placed_on as first'),
        () => db('reviews').avg('stars as mean'),
      ]
      for (const [index, author] of authors.entries()) {
        author.books = await db('books').where('author_id', author.id) // hit: noise-between
        author.noise = await noise[index]?.()
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 6 }],
  },
  {
    name: 'exactly-five',
    why: 'the threshold',
    async handler(db, _req, res) {
      const authors = await db('authors').orderBy('id').limit(5)
      for (const author of authors) {
        author.books = await db('books').where('author_id', author.id) // hit: exactly-five
      }
      res.json(authors)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where author_id = ?', count: 5 }],
  },
  {
    name: 'per-item-and-absent',
    why: 'none of the rows that the loop asks for exists',
    async handler(db, _req, res) {
      const books = await db('books').orderBy('id').limit(8)
      for (const book of books) {
        book.errata = await db('logs').where('message', `errata of ${book.id}`).first() // hit: per-item-and-absent
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from logs where message = ?', count: 8 }],
  },
  {
    name: 'ids-of-the-request',
    why: 'the list comes with the request, not from a query',
    request: { method: 'POST', body: { ids: [3, 9, 12, 20, 31, 44] } },
    async handler(db, req, res) {
      const books = []
      for (const id of req.body.ids) {
        const book = await db('books').where('id', id).first() // hit: ids-of-the-request
        if (book) books.push(book)
      }
      res.json(books)
    },
    findings: [{ kind: 'n-plus-one', statement: 'from books where id = ?', count: 6 }],
  },
]
