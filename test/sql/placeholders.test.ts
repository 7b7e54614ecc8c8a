import { expect, test } from 'vitest'
import { fingerprint } from '../../src/sql/fingerprint.js'

/** `column`, with `[…]` for an element of a list and `#` for paging; `-` where the column is not known. */
function shown(sql: string): string {
  return fingerprint(sql)
    .placeholders.map(({ role, column, otherColumns }) => {
      if (role === 'paging') return '#'
      const columns = [column ?? '-', ...otherColumns].join('+')
      return role === 'list' ? `[${columns}]` : columns
    })
    .join(' ')
}

test.each([
  ['a comparison', 'select * from users where "u"."password" = ?', 'password'],
  [
    'a name in mixed case, whose words tell',
    'select * from users where "u"."refreshTokenHash" = ?',
    'refreshTokenHash',
  ],
  ['each comparison', 'select * from t where a = ? and b <> ? or not c > ?', 'a b c'],
  ['LIKE', 'select * from t where `a` like ? escape ?', 'a a'],
  ['NOT LIKE', 'select * from t where a not ilike ?', 'a'],
  ['BETWEEN', 'select * from t where a between ? and ? and b = ?', 'a a b'],
  ['BETWEEN from the left', 'select * from t where ? between a and b', 'a'],
  ['IS DISTINCT FROM', 'select * from t where a is not distinct from ?', 'a'],
  ['from the left', 'select * from t where ? = password and a = ?', 'password a'],
  ['from the left in a function', 'select * from t where lower(?) = lower(t.email)', 'email'],
  ['a function', 'select * from t where lower("email") = lower(?)', 'email'],
  ['functions in functions', 'select * from t where trim(lower(email)) = trim(lower(?))', 'email'],
  ['a hash of the value', 'select * from t where password = crypt(?, password)', 'password'],
  ['a hash with salt', 'update t set password = crypt(salt || ?, ?) where id = ?', 'password password id'],
  ['a cast', 'select * from t where a::text = $1::text and cast(b as int) = cast($2 as int)', 'a b'],
  ['a long type', 'select * from t where a::timestamp with time zone > $1', 'a'],
  ['a collation', 'select * from t where a collate nocase = ?', 'a'],
  ['parentheses', 'select * from t where ((a) = (?)) and (b = ? or (c = ?))', 'a b c'],
  ['IN', 'select * from t where a in (?) and b in (?, ?) and c = ?', 'a [b] [b] c'],
  ['NOT IN', 'select * from t where a not in (?, ?)', '[a] [a]'],
  ['IN with functions', 'select * from t where a in (lower(?), lower(?))', '[a] [a]'],
  ['IN with casts', 'select * from t where a in ($1::uuid, $2::uuid)', '[a] [a]'],
  ['IN of pairs', 'select * from t where (a, t.b) in ((?, ?), (?, ?))', '[a] [b] [a] [b]'],
  ['IN of one pair', 'select * from t where (a, b) in ((?, ?))', 'a b'],
  ["SQLite's IN of pairs", 'select * from t where (`a`, `b`) in ( values (?, ?), (?, ?))', '[a] [b] [a] [b]'],
  ['a pair', 'select * from t where (a, b) = (?, ?)', 'a b'],
  [
    'IN with a subquery',
    'select * from t where a in (select b from u where c = ? and d in (?, ?)) and e = ?',
    'c [d] [d] e',
  ],
  ['ANY', 'select * from t where a = any($1) and b = any(array[$2, $3]) and c = $4', '[a] [b] [b] c'],
  ['UNNEST', 'select * from t where a in (select unnest($1::int[]))', '[-]'],
  ['LIMIT and OFFSET', 'select * from t where a = ? limit ? offset ?', 'a # #'],
  ["MySQL's LIMIT", 'select * from t limit ?, ?', '# #'],
  [
    'FETCH',
    'select * from t where a = ? order by b offset @p1 rows fetch next @p2 rows only'.replace('?', '@p0'),
    'a # #',
  ],
  ['TOP', 'select top (@p0) * from t where a = @p1', '# a'],
  ["Oracle's rows", 'select * from (select * from t where a = :1) where rownum <= :2', 'a #'],
  ['LIMIT of a subquery', 'select * from (select * from t limit ?) x where a = ?', '# a'],
  ['a column named like paging', 'select * from t where "limit" = ? and "offset" > ?', 'limit offset'],
  ['where the page before ended', 'select * from t where a = ? and id > ? order by id limit ?', 'a # #'],
  ['a bound without a page', 'select * from t where id > ? order by id', 'id'],
  ['a range', 'select * from t where at >= ? and at < ? order by at limit ?', 'at at #'],
  ['a bound without an order', 'select * from t where id > ? limit ?', 'id #'],
  ['a bound in a subquery', 'select * from t where a in (select b from c where d > ?) order by a limit ?', 'd #'],
  ['an update', 'update t set token = ?, "name" = upper(?), n = n + ? where id = ?', 'token name n id'],
  [
    'an update by CASE',
    'update t set password = case id when ? then ? when ? then ? else ? end where id in (?, ?)',
    'id password id password password [id] [id]',
  ],
  ['an update by conditions', 'update t set token = case when id = ? then ? end, a = ?', 'id token a'],
  [
    'an update from rows',
    'update u set password = v.password from (values ($1, $2), ($3, $4)) as v (id, password) where v.id = u.id',
    'id password id password',
  ],
  ['an insert', 'insert into t (name, "password") values (?, ?), (?, ?)', 'name password name password'],
  ['an insert with a schema', 'insert into [a].[t] ([x], [y]) output inserted.[id] values (@p0, @p1)', 'x y'],
  ['an insert with expressions', 'insert into t (a, b, c) values (now(), crypt(?, gen_salt(?)), ?)', 'b b c'],
  ['an insert with literals', "insert into t (a, b, c) values (1, 'x', ?)", 'c'],
  ['an insert of one row', 'insert into t (password) values (?), (?)', 'password password'],
  ['an insert by SET', 'insert into t set a = ?, password = ?', 'a password'],
  ['an insert without columns', 'insert into t values (?, ?)', '- -'],
  [
    "SQLite's insert of rows",
    'insert into `t` (`a`, `b`) select ? as `a`, ? as `b` union all select ? as `a`, ? as `b`',
    'a b a b',
  ],
  ['an insert that reads', 'insert into t (a, password) select u.x, ? from u where u.y = ?', 'password y'],
  ['an upsert', 'insert into t (a) values (?) on conflict (a) do update set b = ? where t.c = ?', 'a b c'],
  ["MySQL's upsert", 'insert into t (a) values (?) on duplicate key update password = ?', 'a password'],
  [
    'inserts in WITH',
    'with x as (insert into t (password) values ($1) returning id) insert into u (a, token) values ($2, $3)',
    'password a token',
  ],
  ['a join', 'select * from a join b on b.id = a.id and b.secret = ? left join c on left(c.x, ?) = ?', 'secret - x'],
  ['HAVING', 'select a, count(*) from t group by a having count(*) > ? and max(b) < ?', '- b'],
  ['EXISTS', 'select * from t where exists (select 1 from u where u.a = ?) and b = ?', 'a b'],
  ['UNION', 'select * from a where b = ? union all select * from c where d = ?', 'b d'],
  ['arithmetic', 'select * from t where a + ? > ?', 'a a'],
  ['dates', 'select * from t where a > now() - interval ? and extract(year from b) = ?', 'a b'],
  [
    'JSON by a written path',
    "select * from t where data ->> 'password' = ? and a->'b'->>'token' = ?",
    'password token',
  ],
  ['JSON by a function', "select * from t where json_extract(data, '$.user.password') = ?", 'password'],
  ['JSON keys', 'select * from t where tags \\? ? and a \\?| ? and b @> ?', 'tags a b'],
  ['JSON keys among numbers', "select * from t where tags ? 'x' and a ?| $1 and b ? $2", 'a b'],
  ['full text', 'select * from t where match (title, body) against (? in boolean mode) and a = ?', 'title a'],
  ["MySQL's &&", 'select * from t where a = ? && password = ? || token = ?', 'a password token'],
  ['PostgreSQL, out of order', 'select * from t where a = $2 and b = $1', 'b a'],
  ['PostgreSQL, with a gap', 'select * from t where a = $3', '- - a'],
  [
    'PostgreSQL, more than once',
    'select * from t where a = $1 or password = $1 or $1 is null or b = $2',
    'a+password b',
  ],
  ['SQLite, by number', 'select * from t where a = ?2 and b = ?1', 'b a'],
  ['by name', 'select * from t where a = :x and b = :y and c = :x', 'a+c b'],
  ['strings with placeholders in them', "select * from t where a = '? $1 :x' and b = ?", 'b'],
  ['names with placeholders in them', 'select "?", `$1` from t where b = ?', 'b'],
  ['comments with placeholders in them', 'select 1 /* ? */ from t -- ?\n where b = ?', 'b'],
  ['casts that look like names', 'select a::int from t where b = ?', 'b'],
  ['slices that look like names', 'select a[1:n] from t where b = $1', 'b'],
  ['nothing', 'select ?, a from t', '-'],
  ['an unreasonable number', 'select $999999999999', ''],
])('the columns of placeholders: %s', (_, sql, expected) => {
  expect(shown(sql)).toEqual(expected)
})
