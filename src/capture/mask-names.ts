import { remembered } from '../sql/remembered.js'

/** Whether a header, cookie, parameter or column of this name holds a secret. */
export type IsSecretName = (name: string) => boolean

/** Names that mean a secret wherever they stand in a name, as words of it: `password` in `user_password_2`. */
const SECRETS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'token',
  'jwt',
  'credential',
  'api key',
  'private key',
  'signature',
  'session',
  'sid',
  'csrf',
  'xsrf',
  'ssn',
  'cvv',
  'cvc',
  'otp',
  'passcode',
]

/** Names that mean a secret (`access`, `card_number`), unless the name goes on to speak about it (`card_id`). */
const SECRETS_BUT_FOR_ENDINGS = ['access', 'refresh', 'auth', 'card', 'pin']
const ENDINGS = new Set(
  'id ids uuid at on by count total type kind level version status interval rate date time mode method position order'.split(
    ' ',
  ),
)

/** Kinds of `key` that are no secrets; any other name that ends in `key` is one: `key`, `x-key`, `signing_key`. */
const PLAIN_KEYS = new Set(
  'primary foreign public sort partition cache group order unique object natural parent lookup message translation idempotency index row map'.split(
    ' ',
  ),
)

/** Often written as one word, alone or at the end of a longer one: `accesstoken`, `dbpassword`. */
const RUN_TOGETHER =
  /password|passwd|(?:pwd|secret|token|cookie|apikey|secretkey|accesskey|privatekey|sessionid|sessid|cardnumber|pincode)s?$/

/**
 * Tells secret names from others: the built-in ones, and `names`. A name matches in any case as words of another, so
 * `api key` matches `apiKey`, `X-API-Key` and `api_key_2`; `pin` matches `pin_code`, not `spinner`.
 *
 * @param replace whether `names` stand in the place of the built-in ones
 */
export function secretNames(names: readonly string[], replace = false): IsSecretName {
  const secrets = [...(replace ? [] : SECRETS), ...names].map(wordsOf).filter((words) => words.length > 0)
  return remembered(
    (name) => {
      const words = wordsOf(name)
      return secrets.some((one) => contains(words, one)) || (!replace && isBuiltIn(words))
    },
    // Names of query parameters come from anybody: what is remembered is bounded, and the app's own come again.
    { longest: 100 },
  )
}

type Words = readonly string[]

/** Beyond the names that are secret wherever they stand. */
function isBuiltIn(words: Words): boolean {
  if (words.some((word) => RUN_TOGETHER.test(word)) || isSecretKey(words)) return true
  if (ENDINGS.has(words.at(-1) ?? '') || contains(words, ['access', 'control'])) return false
  return words.some((word) => SECRETS_BUT_FOR_ENDINGS.some((secret) => isWord(word, secret)))
}

function isSecretKey(words: Words): boolean {
  return isWord(words.at(-1) ?? '', 'key') && !PLAIN_KEYS.has(words.at(-2) ?? '')
}

/** Whether the words of `secret` follow each other in `words`, or were run together to one of them (`apikey`). */
function contains(words: Words, secret: Words): boolean {
  if (secret.length > 1 && words.some((word) => isWord(word, secret.join('')))) return true
  return words.some((_, start) => secret.every((word, offset) => isWord(words[start + offset] ?? '', word)))
}

function isWord(word: string, secret: string): boolean {
  return word === secret || word === `${secret}s`
}

/** `X-API-Key`, `apiKey`, `APIKey2` and `api_key[]` are all api, key. */
function wordsOf(name: string): Words {
  return name
    .slice(0, 500)
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/(?<!\d)\d+$/, ''))
    .filter((word) => word !== '')
}
