import { describe, expect, test } from 'vitest'
import { createMasker } from '../../src/capture/mask.js'

const masker = createMasker({ names: ['iban', 'tax id'] })
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g'

/** Whether the value of a column, header and query parameter of this name is masked; they must agree. */
function isMasked(name: string): boolean {
  const column = masker.bindings(['v'], [{ column: name }])[0] === '[redacted]'
  const parameter = masker.url(`/?${encodeURIComponent(name)}=v`).endsWith('=[redacted]')
  expect(parameter).toBe(column)
  return column
}

describe('names of secrets', () => {
  test.each([
    ...'authorization cookie set-cookie proxy-authorization password passwd pwd secret token apikey access refresh'.split(
      ' ',
    ),
    ...'signature session csrf ssn card cvv pin key auth sid'.split(' '),
    'api key',
    'PASSWORD',
    'userPassword',
    'user_password_hash',
    'password2',
    'passwordConfirmation',
    'passwordhash',
    'dbpassword',
    'access_token',
    'accessToken',
    'accesstoken',
    'refresh-token',
    'x-api-key',
    'X-API-Key',
    'apiKey',
    'APIKey',
    'api_key_2',
    'client_secret',
    'clientSecrets',
    'user[password]',
    'filter[access_token][]',
    'session_id',
    'sessionId',
    'x-csrf-token',
    'card_number',
    'cardnumber',
    'pin_code',
    'signing_key',
    'AWSSecretAccessKey',
    'iban',
    'customerIban',
    'tax_id',
    'taxId',
    'taxid',
    'customer-tax-id',
  ])('%s', (name) => {
    expect(isMasked(name)).toBe(true)
  })

  test.each([
    'id',
    'name',
    'email',
    'api_version',
    'api',
    'apis',
    'key_id',
    'primary_key',
    'sortKey',
    'idempotency-key',
    'keyboard',
    'monkey',
    'keyword',
    'spinner',
    'pinned',
    'opinion',
    'shipping',
    'discard',
    'cardinal',
    'cardboard',
    'card_id',
    'card_type',
    'pin_id',
    'accessory',
    'accession',
    'access_level',
    'access_count',
    'access-control-allow-origin',
    'refreshed_at',
    'refresh_interval',
    'author',
    'author_id',
    'authority',
    'secretary',
    'tokenizer',
    'obsession',
    'sessions_per_day_nope'.replace('sessions', 'sessional'),
    'tax',
    'tax_rate',
    'compass',
    'passenger',
    '',
    '---',
  ])('not %s', (name) => {
    expect(masker.bindings(['v'], [{ column: name }])).toEqual(['v'])
  })
})

describe('headers', () => {
  test('authorizations keep their scheme, cookies their names, secrets nothing', () => {
    expect(
      masker.headers({
        Authorization: `Bearer ${jwt}`,
        'proxy-authorization': 'Basic dXNlcjpwYXNz',
        cookie: 'sid=abc=; theme=dark;bare',
        'set-cookie': ['sid=abc; Path=/; HttpOnly', 'theme=dark'],
        'x-api-key': 'k',
        'x-csrf-token': ['a', 'b'],
        accept: 'text/html',
        'content-length': 12,
        'x-gone': undefined,
        'x-note': `see ${jwt}.`,
      }),
    ).toEqual({
      authorization: 'Bearer [redacted]',
      'proxy-authorization': 'Basic [redacted]',
      cookie: 'sid=[redacted]; theme=[redacted];[redacted]',
      'set-cookie': ['sid=[redacted]; Path=/; HttpOnly', 'theme=[redacted]'],
      'x-api-key': '[redacted]',
      'x-csrf-token': ['[redacted]', '[redacted]'],
      accept: 'text/html',
      'content-length': '12',
      'x-note': 'see [redacted]',
    })
  })

  test.each(['hunter2', 'hunter2 more', 'Bearer', '', 'Bearertoken abc'])(
    'authorization %j has no scheme to keep',
    (value) => {
      expect(masker.headers({ authorization: value })).toEqual({ authorization: '[redacted]' })
    },
  )

  test('URLs in headers are masked as URLs', () => {
    expect(
      masker.headers({
        referer: 'https://shop.example/reset?token=abc&x=1',
        location: '/next?a=1&code=2#access_token=abc&state=3',
        origin: 'https://shop.example',
        'x-original-url': '/a?api_key=1',
      }),
    ).toEqual({
      referer: 'https://shop.example/reset?token=[redacted]&x=1',
      location: '/next?a=1&code=2#access_token=[redacted]&state=3',
      origin: 'https://shop.example',
      'x-original-url': '/a?api_key=[redacted]',
    })
  })

  test('a header named like a part of every object is a header', () => {
    const headers = masker.headers(JSON.parse('{"__proto__": "x", "constructor": "y"}'))
    expect(JSON.stringify(headers)).toBe('{"__proto__":"x","constructor":"y"}')
  })
})

describe('URLs', () => {
  test.each([
    ['/a?access_token=abc&b=2', '/a?access_token=[redacted]&b=2'],
    ['/a?b=2&key=abc', '/a?b=2&key=[redacted]'],
    ['/a?Password=x&password=y', '/a?Password=[redacted]&password=[redacted]'],
    ['/a?user%5Bpassword%5D=x', '/a?user%5Bpassword%5D=[redacted]'],
    ['/a?user[password]=x', '/a?user[password]=[redacted]'],
    ['/a?api+key=x', '/a?api+key=[redacted]'],
    ['/a?%70assword=x', '/a?%70assword=[redacted]'],
    ['/a?%70assword%=x', '/a?%70assword%=[redacted]'],
    ['/a?token=a=b=c', '/a?token=[redacted]'],
    ['/a?token=a?b&c=1', '/a?token=[redacted]&c=1'],
    ['/a?b=1;token=x;c=2', '/a?b=1;token=[redacted]'],
    ['https://user:secret@host/a?b=1', 'https://[redacted]@host/a?b=1'],
    ['https://user@host', 'https://[redacted]@host'],
    ['https://us:p@ss@host/x@y', 'https://[redacted]@host/x@y'],
    ['//user:x@host/', '//[redacted]@host/'],
    ['/reset#token=abc', '/reset#token=[redacted]'],
    [`/verify/${jwt}`, '/verify/[redacted]'],
    [`/verify/${jwt}/done?x=1`, '/verify/[redacted]/done?x=1'],
    [`/verify?q=${jwt}&x=1`, '/verify?q=[redacted]&x=1'],
    [`/verify?q=Bearer%20${jwt}`, '/verify?q=Bearer%20[redacted]'],
    [`/verify?q=${encodeURIComponent(encodeURIComponent(` ${jwt}`))}`, '/verify?q=%2520[redacted]'],
    [`/verify?q=${jwt.replaceAll('.', '%2E')}`, '/verify?q=[redacted]'],
    [
      '/go?to=https%3A%2F%2Fu%3Ap%40h%2F%3Ftoken%3Dx',
      `/go?to=${encodeURIComponent('https://[redacted]@h/?token=[redacted]')}`,
    ],
    [
      '/go?to=%2Flogin%3Fnext%3D%252Fx%253Fkey%253D1',
      `/go?to=${encodeURIComponent(`/login?next=${encodeURIComponent('/x?key=[redacted]')}`)}`,
    ],
  ])('%s', (url, masked) => {
    expect(masker.url(url)).toBe(masked)
  })

  test.each([
    '',
    '/',
    '*',
    '?',
    '/a?',
    '/a?&&=&=x&y=',
    '/a?token',
    '/a?token=',
    '/a?b=%E0%A4%A',
    '/a?%=%&%zz=%zz',
    '/a%zz%',
    '/a?b=c;d=e;;&f=;',
    '/mail/me@host.example?to=me@host.example',
    '/a//b@c/d',
    '/go?to=https%3A%2F%2Fh%2F%3fa%3d1',
    '/go?to=/x?y=1&z=/p?q=2',
    '/A?b=C&B=c&b=C#D',
    'http://host:80/a?b#c#d',
    '/eyJ.eyJ/eyJabc',
    '/ünï?cödé=✓',
    '/\ud800?\udfff=\ud800',
  ])('%j stays as it is', (url) => {
    expect(masker.url(url)).toBe(url)
  })

  test('a hostile one costs no time to speak of', () => {
    const hostile = [
      `/?${'a=1&'.repeat(20_000)}`,
      `/?a=${'eyJ'.repeat(30_000)}`,
      `/?a=${'eyJhbGciOiJIUzI1NiJ9'.repeat(5_000)}`,
      `/?a=${'%2F%3F'.repeat(10_000)}`,
      `/?a=${';'.repeat(2_000)}`,
      `//${'@'.repeat(50_000)}`,
    ]
    for (const url of hostile) expect(typeof masker.url(url)).toBe('string')
  })
})

describe('bindings', () => {
  const recorded = (value: unknown) => masker.bindings([value], [{ column: null }])[0]

  test('are masked by their column, also beyond the places that are known, and keep their order and number', () => {
    const placeholders = [{ column: 'email' }, { column: 'password_hash' }, { column: null }, { column: 'token' }]
    expect(masker.bindings(['a@b.c', 'hash', 5, null, 'beyond'], placeholders)).toEqual([
      'a@b.c',
      '[redacted]',
      5,
      null,
      '[redacted]',
    ])
    expect(masker.bindings([], placeholders)).toEqual([])
  })

  test('are masked where one value is used for two columns, and one of them is secret', () => {
    const places = [{ column: 'name', otherColumns: ['password'] }]

    expect(masker.bindings(['hunter2'], places)).toEqual(['[redacted]'])
  })

  test.each<[unknown, unknown]>([
    ['text', 'text'],
    ['', ''],
    [1.5, 1.5],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [true, true],
    [null, null],
    [undefined, null],
    [12345678901234567890n, '12345678901234567890'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 'secret', '<function>'],
    [Buffer.from('secret'), '<Buffer 6 bytes>'],
    [new Uint8Array(3), '<Buffer 3 bytes>'],
    [new ArrayBuffer(4), '<Buffer 4 bytes>'],
    [new Date(Date.UTC(2026, 10, 22)), '2026-11-22T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [[1, 'a', [null]], '[1,"a",[null]]'],
    [{ a: 1, b: { c: 'x' }, d: undefined }, '{"a":1,"b":{"c":"x"},"d":null}'],
    [{ toJSON: () => '12.50' }, '"12.50"'],
    [
      { at: new Date(0), bytes: Buffer.from('abc'), big: 1n },
      '{"at":"1970-01-01T00:00:00.000Z","bytes":"<Buffer 3 bytes>","big":"1"}',
    ],
    [
      { user: { password: 'p', name: 'n' }, tokens: ['t'] },
      '{"user":{"password":"[redacted]","name":"n"},"tokens":"[redacted]"}',
    ],
    [`Bearer ${jwt}`, 'Bearer [redacted]'],
    [{ note: jwt }, '{"note":"[redacted]"}'],
  ])('%o', (value, expected) => {
    expect(recorded(value)).toEqual(expected)
  })

  test('long strings are cut at 500 characters, and say how long they were', () => {
    expect(recorded('x'.repeat(500))).toBe('x'.repeat(500))
    expect(recorded('x'.repeat(501))).toBe(`${'x'.repeat(500)}… (501 chars)`)
    expect(recorded(`${'x'.repeat(499)}😀y`)).toBe(`${'x'.repeat(499)}… (502 chars)`)
  })

  test('a token across the cut leaves nothing of itself', () => {
    const longToken = `eyJ${'a'.repeat(3_000)}.eyJ${'b'.repeat(3_000)}.cc`
    expect(recorded(`${'x '.repeat(240)}${jwt} and so on ${'y'.repeat(500)}`)).not.toMatch(/eyJ/)
    expect(recorded(longToken)).not.toMatch(/eyJ/)
  })

  test('at most 1,000 are kept, and a mark of how many more there were', () => {
    const bindings = masker.bindings(
      Array.from({ length: 1_500 }, (_, n) => n),
      [],
    )
    expect({ count: bindings.length, last: bindings.at(-1) }).toEqual({ count: 1_001, last: '… (500 more)' })
    expect(masker.bindings(Array(1_000).fill(1), [])).toHaveLength(1_000)
  })

  test('hostile values do no harm', () => {
    const circular: Record<string, unknown> = { name: 'loop' }
    circular.self = circular
    let deep: unknown = 'bottom'
    for (let depth = 0; depth < 20_000; depth++) deep = [deep]
    const throwing = {
      get value() {
        throw new Error('no')
      },
    }
    const proxy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const toJson = { toJSON: () => toJson }
    const values = [
      circular,
      deep,
      throwing,
      proxy,
      revoked.proxy,
      toJson,
      Object.create(null),
      'x'.repeat(100_000_000),
    ]
    const masked = values.map(recorded)
    expect(masked.map((value) => typeof value)).toEqual(values.map(() => 'string'))
    for (const value of masked) expect(String(value).length).toBeLessThan(600)
    expect(masked.slice(2, 5)).toEqual(['<unreadable value>', '<unreadable value>', '<unreadable value>'])
    expect(recorded(Array(100_000).fill('x'.repeat(1_000)))).toMatch(/^\["x+… \(\d+ chars\)$/)
    expect(recorded(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n])))).toMatch(
      /… \(\d+ chars\)$/,
    )
  })
})

describe('errors', () => {
  test.each([
    ["Duplicate entry 'a@b.c' for key 'users.email'", "Duplicate entry '[redacted]' for key 'users.email'"],
    ["Duplicate entry 'it's' for key 'email'", "Duplicate entry '[redacted]' for key 'email'"],
    [
      "Incorrect integer value: 'abc' for column `shop`.`t`.`id` at row 1",
      "Incorrect integer value: '[redacted]' for column `shop`.`t`.`id` at row 1",
    ],
    ["Truncated incorrect DOUBLE value: 'abc'", "Truncated incorrect DOUBLE value: '[redacted]'"],
    ['invalid input syntax for type integer: "abc"', 'invalid input syntax for type integer: "[redacted]"'],
    ['invalid input value for enum mood: "say "hi""', 'invalid input value for enum mood: "[redacted]"'],
    ['value "99999999999" is out of range for type integer', 'value "[redacted]" is out of range for type integer'],
    ['date/time field value out of range: "31-31-31"', 'date/time field value out of range: "[redacted]"'],
    ['Key (email)=(a@b.c) already exists.', 'Key (email)=([redacted]) already exists.'],
    [`bad token ${jwt}`, 'bad token [redacted]'],
  ])('%s', (message, masked) => {
    expect(masker.error(message)).toBe(masked)
  })

  test.each([
    'no such table: users',
    'SQLITE_CONSTRAINT: UNIQUE constraint failed: users.email',
    'duplicate key value violates unique constraint "users_email_unique"',
    'relation "users" does not exist',
    'column "nope" of relation "users" does not exist',
    "Unknown column 'nope' in 'field list'",
    "Table 'shop.nope' doesn't exist",
    'Knex: Timeout acquiring a connection. The pool is probably full.',
    '',
  ])('%s stays as it is', (message) => {
    expect(masker.error(message)).toBe(message)
  })

  test('are cut at 1,000 characters', () => {
    expect(masker.error('x'.repeat(1_000_000))).toBe(`${'x'.repeat(1_000)}…`)
  })
})
