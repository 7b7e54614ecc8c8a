import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundedJson } from '../../src/capture/bodies-parsed.js'
import { createMasker } from '../../src/capture/mask.js'
import { fingerprint } from '../../src/sql/fingerprint.js'
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../support/fuzz-runs.js'

const numRuns = FUZZ_RUNS

const SECRET = 'PLANTEDqX7vZ93kLw'
const masker = createMasker({ names: ['iban'] })

const secretName = fc.constantFrom(
  ...['password', 'PASSWORD', 'userPassword', 'access_token', 'apiKey', 'x-api-key', 'API_KEY', 'session', 'csrf'],
  ...['ssn', 'cvv', 'card_number', 'pin', 'client_secret', 'refreshToken', 'iban'],
)
const plainText = fc.string({ unit: 'grapheme', maxLength: 40 })
/** Anything that JSON can say, with secrets planted under secret names at any depth. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(plainText, fc.double(), fc.boolean(), fc.constant(null), fc.bigInt().map(Number)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(plainText, tie('tree'), { maxKeys: 4 }),
    fc.record({ name: secretName, inside: planted(tie('tree')), rest: tie('tree') }).map(({ name, inside, rest }) => ({
      [name]: inside,
      rest,
    })),
  ),
}))

function planted(more: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constant(SECRET),
    plainText.map((text) => `${text} ${SECRET}`),
    fc.tuple(fc.constant(SECRET), more),
    more.map((value) => ({ value, deep: SECRET })),
  )
}

/** Pieces that mean something to one reader or another. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        ...[
          '"',
          "'",
          '\\',
          '\\"',
          '{',
          '}',
          '[',
          ']',
          ':',
          '=',
          '&',
          ';',
          '%',
          '%25',
          '%3D',
          '<',
          '>',
          '/',
          '//',
          '\n',
        ],
        ...['eyJ', '-----BEGIN PRIVATE KEY-----', 'Bearer ', 'Basic ', 'cookie: ', 'password', 'token=', '"token":"'],
        ...['4111 1111 1111 1111', '<password>', '<![CDATA[', '--', '/*', '*/', '$1', '?', '\\u00', '\ud800', '@', '#'],
      ),
      fc.string({ maxLength: 3 }).chain((text) => fc.nat(200).map((count) => text.repeat(count))),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

const formats = fc.constantFrom('json', 'form', 'multipart', 'text', 'binary')
const LONGEST = 100

describe(`of ${numRuns} inputs that nobody thought of`, () => {
  test(
    'JSON with secrets in it comes out as JSON without them, however it is written',
    () => {
      fc.assert(
        fc.property(tree, fc.constantFrom(0, 2, '\t'), (value, indent) => {
          const masked = masker.body(JSON.stringify(value, null, indent), 'json', 'request')

          expect(masked).not.toContain(SECRET)
          expect(() => JSON.parse(masked)).not.toThrow()
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'JSON that was cut anywhere holds none either',
    () => {
      fc.assert(
        fc.property(tree, fc.nat(), (value, cut) => {
          const text = JSON.stringify(value)
          const masked = masker.body(text.slice(0, cut % (text.length + 1)), 'json', 'request')

          expect(masked).not.toContain(SECRET.slice(0, 12))
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'what holds no secret comes back as it was',
    () => {
      const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', '"', '\\', '\n', '🦆'), maxLength: 20 })
      const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
        plain: fc.oneof(
          { maxDepth: 4 },
          fc.oneof(letters, fc.nat(1_000_000), fc.boolean()),
          fc.array(tie('plain'), { maxLength: 4 }),
          fc.dictionary(letters, tie('plain'), { maxKeys: 4 }),
        ),
      }))
      fc.assert(
        fc.property(plain, (value) => {
          const text = JSON.stringify(value)

          expect(masker.body(text, 'json', 'request')).toBe(text)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'no text makes any masking throw, or grow without bound',
    () => {
      fc.assert(
        fc.property(hostileText, formats, (text, format) => {
          const bound = text.length * 14 + LONGEST
          const outputs = [
            masker.body(text, format, 'response'),
            masker.url(text),
            masker.text(text),
            masker.error(text),
            masker.statement(text, fingerprint(text)),
            JSON.stringify(masker.headers({ referer: text, cookie: text, 'set-cookie': [text], 'x-note': text })),
            JSON.stringify(masker.bindings([text, { text }], [{ column: 'note' }, { column: 'note' }])),
          ]

          for (const output of outputs) expect(output.length).toBeLessThanOrEqual(bound * 6)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'a form, a query and an SQL text say no secret, whatever stands around it',
    () => {
      const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019 _-.,%+é'), maxLength: 30 })
      fc.assert(
        fc.property(word, secretName, word, (before, name, after) => {
          const query = `${encodeURIComponent(before)}=1&${name}=${SECRET}&z=${encodeURIComponent(after)}`
          const sql = `select * from t where a = '${before}' and "${name}" = '${SECRET}' and b = '${after}'`

          expect(masker.body(query, 'form', 'request')).not.toContain(SECRET)
          expect(masker.url(`/x?${query}`)).not.toContain(SECRET)
          expect(masker.statement(sql, fingerprint(sql))).not.toContain(SECRET)
          expect(masker.text(`${before}\n${name}: ${SECRET}\n${after}`)).not.toContain(SECRET)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )

  test(
    'values of any kind become JSON within bounds',
    () => {
      const anything = fc.anything({
        ...{ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true },
        ...{ withSet: true, withTypedArray: true, withSparseArray: true, withBoxedValues: true },
      })
      fc.assert(
        fc.property(anything, fc.integer({ min: 0, max: 2_000 }), (value, room) => {
          const { text, isWhole } = boundedJson(value, room)

          if (isWhole) expect(() => JSON.parse(text)).not.toThrow()
          expect(masker.body(text, 'multipart', 'request').length).toBeLessThanOrEqual(text.length * 14 + LONGEST)
          expect(masker.bindings([value], [{ column: 'note' }]).length).toBe(1)
        }),
        { numRuns },
      )
    },
    FUZZ_TIMEOUT_MS,
  )
})
