import { describe, expect, test } from 'vitest'
import { createMasker } from '../../src/capture/mask.js'
import type { BodyFormat } from '../../src/model/body.js'
import { fingerprint } from '../../src/sql/fingerprint.js'

/** Texts on which a pattern that goes back and forth takes minutes; each is longer than what is kept of a body. */
const LENGTH = 200_000
const hostile: readonly [name: string, piece: string, end?: string][] = [
  ['digits as of endless cards', '4111 '],
  ['digits without an end', '4'],
  ['a token that never ends', 'eyJ'],
  ['tokens with dots', 'eyJhbGciOiJIUzI1NiJ9.'],
  ['the beginning of many keys', '-----BEGIN PRIVATE KEY-----'],
  ['quotes that never close', 'password="', ''],
  ['escaped quotes', '"password":"\\"'],
  ['backslashes', 'token="\\\\'],
  ['opened elements', '<password>'],
  ['half of elements', '<password '],
  ['attributes without an end', '<input name="csrf" value="'],
  ['CDATA that never ends', '<secret><![CDATA['],
  ['brackets', '[{'],
  ['brackets of objects', '{"a":'],
  ['signs', '=&='],
  ['percent signs', '%25'],
  ['halves of percent signs', 'token=%2'],
  ['cookies', 'cookie: a=b; '],
  ['schemes', 'Bearer '],
  ['colons', 'a:'],
  ['long words', 'secretsecret_'],
  ['spaces', 'password          ', '='],
  ['SQL strings', "'' "],
  ['SQL comments', '/* -- '],
  ['lone surrogates', '\ud800'],
]

const FORMATS: readonly BodyFormat[] = ['json', 'form', 'multipart', 'text']

/** What goes through a text once needs some milliseconds; what goes back and forth in it would need minutes. */
const MINUTES_WOULD_BE_TOO_LONG = 60_000

describe('a text that is hostile to patterns does not hold the app up', () => {
  const masker = createMasker({ names: ['iban'] })

  test.each(hostile)(
    '%s',
    (_name, piece, end = '') => {
      const text = piece.repeat(LENGTH / piece.length) + end

      const sql = `select * from t where a = ${text}`
      const masked = [
        masker.text(text),
        masker.error(text),
        masker.url(`/x?${text}`),
        masker.statement(sql, fingerprint(sql)),
        ...Object.values(masker.headers({ referer: text, cookie: text, authorization: text })),
        ...FORMATS.map((format) => masker.body(text, format, 'request')),
      ]

      expect(masked.every((one) => one.length <= LENGTH * 4)).toBe(true)
    },
    MINUTES_WOULD_BE_TOO_LONG,
  )
})
