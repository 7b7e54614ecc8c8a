import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { type ColumnsOf, indexableColumns } from '../../src/sql/indexable-columns.js'

/** As one line for each table: `books: = author_id, in id, < year, empty deleted_at, join author_id = a.id, order id`. */
function uses(text: string, columnsOf?: ColumnsOf): readonly string[] {
  return indexableColumns(fingerprint(text).text, columnsOf).map((use) => {
    const name = use.alias === use.table ? use.table : `${use.table} ${use.alias}`
    const parts = [
      ...use.equal.map((column) => `= ${column}`),
      ...use.list.map((column) => `in ${column}`),
      ...use.range.map((column) => `< ${column}`),
      ...use.empty.map((column) => `empty ${column}`),
      ...use.join.map(({ column, otherAlias, otherColumn, isLookup }) => {
        return `${isLookup ? 'lookup' : 'join'} ${column} = ${otherAlias}.${otherColumn}`
      }),
      ...use.order.map((column) => `order ${column}`),
    ]
    return `${name}: ${parts.join(', ')}`
  })
}

describe('an index could serve', () => {
  test.each([
    ['a value', 'select * from books where author_id = ?', ['books: = author_id']],
    ['as MySQL quotes', 'select * from `books` where `author_id` = ?', ['books: = author_id']],
    ['as PostgreSQL quotes', 'select * from "books" where "author_id" = $1', ['books: = author_id']],
    ['a name with capitals', 'select * from "Books" where "authorId" = $1', ['Books: = authorId']],
    ['a value on the left', 'select * from books where ? = author_id', ['books: = author_id']],
    ['a list', 'select * from books where author_id in (?, ?, ?)', ['books: in author_id']],
    ['a list of one', 'select * from books where author_id in (?)', ['books: in author_id']],
    ['any of an array', 'select * from books where author_id = any($1)', ['books: in author_id']],
    ['a bound', 'select * from books where year > ?', ['books: < year']],
    ['two bounds', 'select * from books where year >= ? and year < ?', ['books: < year']],
    ['between', 'select * from books where year between ? and ? and author_id = ?', ['books: = author_id, < year']],
    [
      'between and more',
      'select * from books where author_id = ? and year between ? and ?',
      ['books: = author_id, < year'],
    ],
    ['a cast value', 'select * from books where author_id = $1::int', ['books: = author_id']],
    ['a reckoned value', "select * from books where year > now() - interval '1 day'", ['books: < year']],
    ['SQLite’s function', "select * from books where year > date('now', ?)", ['books: < year']],
    ['parentheses', 'select * from books where (author_id = ?) and ((year > ?))', ['books: = author_id, < year']],
    ['knex’s groups', 'select * from books where (author_id = ? and year = ?)', ['books: = author_id, = year']],
    ['a schema', 'select * from shop.books where shop.books.author_id = ?', ['books: = author_id']],
    ['a table’s name before the column', 'select * from books where books.author_id = ?', ['books: = author_id']],
    ['an alias', 'select * from books as b where b.author_id = ?', ['books b: = author_id']],
    ['an alias without as', 'select * from books b where b.author_id = ?', ['books b: = author_id']],
    ['an update', 'update books set title = ? where author_id = ?', ['books: = author_id']],
    ['a delete', 'delete from books where author_id = ?', ['books: = author_id']],
    ['a count', 'select count(*) from books where author_id = ?', ['books: = author_id']],
    ['a lock', 'select * from books where author_id = ? for update', ['books: = author_id']],
    [
      'sorted and limited',
      'select * from books where author_id = ? order by year desc limit ?',
      ['books: = author_id, order year'],
    ],
    ['sorted by two', 'select * from books order by year, id limit ?', ['books: order year, order id']],
    [
      'is null',
      'select * from books where author_id = ? and deleted_at is null',
      ['books: = author_id, empty deleted_at'],
    ],
    ['is true', 'select * from books where active = true', ['books: empty active']],
    ['both of a union', 'select id from a where x = ? union all select id from b where y = ?', ['a: = x', 'b: = y']],
    ['a column named like a word', 'select * from calls where "order" = ? and key = ?', ['calls: = order, = key']],
  ])('%s', (_, text, expected) => {
    expect(uses(text)).toEqual(expected)
  })
})

describe('joins', () => {
  test.each([
    [
      'both sides of an inner join',
      'select * from books inner join authors on books.author_id = authors.id',
      ['books: join author_id = authors.id', 'authors: join id = books.author_id'],
    ],
    [
      'the looked-up side of a left join alone',
      'select * from authors left join books on authors.id = books.author_id where authors.name = ?',
      ['authors: = name', 'books: lookup author_id = authors.id'],
    ],
    [
      'the looked-up side of a right join alone',
      'select * from books right join authors on authors.id = books.author_id',
      ['books: lookup author_id = authors.id'],
    ],
    [
      'conditions beside a left join narrow the joined table, not the first',
      'select * from authors a left join books b on b.author_id = a.id and b.year = ? and a.name = ?',
      ['books b: = year, lookup author_id = a.id'],
    ],
    [
      'a join by WHERE',
      'select * from books b, authors a where b.author_id = a.id and a.name = ?',
      ['books b: join author_id = a.id', 'authors a: = name, join id = b.author_id'],
    ],
    [
      'a table joined with itself',
      'select * from staff e join staff m on e.manager_id = m.id where e.name = ?',
      ['staff e: = name, join manager_id = m.id', 'staff m: join id = e.manager_id'],
    ],
    [
      'three tables',
      'select * from a join b on b.a_id = a.id join c on c.b_id = b.id where a.x = ?',
      ['a: = x, join id = b.a_id', 'b: join a_id = a.id, join id = c.b_id', 'c: join b_id = b.id'],
    ],
    [
      'a subquery that depends on the row around it',
      'select * from authors where exists (select 1 from books where books.author_id = authors.id and books.year = ?)',
      ['books: = author_id, = year'],
    ],
    [
      'one that does not',
      'select * from books where author_id in (select id from authors where name = ?)',
      ['authors: = name'],
    ],
    [
      'a subquery that is read from',
      'select * from (select * from books where author_id = ?) as b where b.year = ?',
      ['books: = author_id'],
    ],
    [
      'a subquery in the select list',
      'select id, (select count(*) from books where books.author_id = a.id) as n from authors as a where a.name = ?',
      ['authors a: = name', 'books: = author_id'],
    ],
    [
      'a common table expression, and the table of its name no more',
      'with books as (select * from novels where author_id = ?) select * from books where year = ?',
      ['novels: = author_id'],
    ],
  ])('%s', (_, text, expected) => {
    expect([...uses(text)].sort()).toEqual([...expected].sort())
  })
})

describe('nothing is said of', () => {
  test.each([
    ['a function around the column', 'select * from books where lower(title) = ?'],
    ['a function around it, on the right', 'select * from books where ? = lower(title)'],
    ['a cast column', 'select * from books where author_id::text = ?'],
    ['cast()', 'select * from books where cast(author_id as text) = ?'],
    ['an expression', 'select * from books where year + ? = ?'],
    ['an expression on the right', 'select * from books where author_id = year + ?'],
    ['two columns of one table', 'select * from books where author_id = editor_id'],
    ['or', 'select * from books where author_id = ? or editor_id = ?'],
    ['or beside and', 'select * from books where author_id = ? and year = ? or editor_id = ?'],
    ['or in parentheses', 'select * from books where (author_id = ? or editor_id = ?)'],
    ['not', 'select * from books where not author_id = ?'],
    ['not, in parentheses', 'select * from books where not (author_id = ?)'],
    ['another value', 'select * from books where author_id <> ?'],
    ['not in', 'select * from books where author_id not in (?, ?)'],
    ['not between', 'select * from books where year not between ? and ?'],
    ['like', 'select * from books where title like ?'],
    ['like with a text', "select * from books where title like '%x'"],
    ['is not null', 'select * from books where author_id is not null'],
    ['is distinct from', 'select * from books where author_id is distinct from ?'],
    ['a row of values', 'select * from books where (author_id, year) = (?, ?)'],
    ['a JSON path', "select * from books where data ->> 'author' = ?"],
    ['case', 'select * from books where case when author_id = ? then 1 else 0 end = 1'],
    ['a list of columns', 'select * from books where ? in (author_id, editor_id)'],
    ['a subquery compared with', 'select * from books where author_id = (select max(id) from authors)'],
    ['having', 'select author_id from books group by author_id having count(*) > ?'],
    ['a bare column of two tables', 'select * from books join authors using (id) where name = ?'],
    ['a table that is not there', 'select * from books where authors.name = ?'],
    ['a function that is read from', 'select * from generate_series(?, ?) as n where n = ?'],
    ['a full join', 'select * from books full join authors on books.author_id = authors.id'],
    ['an insert', 'insert into books (author_id) values (?)'],
    ['sorted without a limit', 'select * from books order by year'],
    ['sorted up and down', 'select * from books order by year desc, id asc limit ?'],
    ['sorted by an expression', 'select * from books order by lower(title) limit ?'],
    ['sorted by two tables', 'select * from books b cross join authors a order by b.year, a.name limit ?'],
    ['sorted after grouping', 'select author_id from books group by author_id order by author_id limit ?'],
    ['sorted after a union', 'select id from a union select id from b order by id limit ?'],
    ['BEGIN', 'begin'],
    ['an empty text', ''],
    ['a broken text', 'select * from (books where ((a = ?'],
  ])('%s', (_, text) => {
    expect(uses(text)).toEqual([])
  })

  test('what stands under OR, though the rest counts', () => {
    expect(uses('select * from books where author_id = ? and (year = ? or title = ?)')).toEqual(['books: = author_id'])
  })
})

describe('columns without a table’s name', () => {
  const tables: Readonly<Record<string, readonly string[]>> = { books: ['id', 'author_id'], authors: ['id', 'name'] }
  const columnsOf: ColumnsOf = (table) => (tables[table] ? new Set(tables[table]) : null)

  test('find theirs where the tables are known', () => {
    const text = 'select * from books join authors on author_id = authors.id where name = ?'
    expect(uses(text, columnsOf)).toEqual([
      'books: join author_id = authors.id',
      'authors: = name, join id = books.author_id',
    ])
  })

  test('stay out where both tables have them', () => {
    expect(uses('select * from books, authors where id = ?', columnsOf)).toEqual([])
  })

  test('within a subquery are not taken for its own when it has none of that name', () => {
    const text = 'select * from authors where exists (select 1 from books where name = ?)'
    expect(uses(text, columnsOf)).toEqual([])
  })
})
