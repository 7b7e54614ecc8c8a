import { createHash } from 'node:crypto'

/** A secret in one place: found anywhere in what silk keeps or shows, it has leaked. */
export interface Planted {
  readonly place: string
  /** By which it can be told; `null`: by its form alone. */
  readonly name: string | null
  readonly value: string
}

const NAMES = [
  ...['password', 'passwd', 'userPwd', 'client_secret', 'access_token', 'apiKey', 'API_KEY', 'x-api-key', 'dbpassword'],
  ...['refreshToken', 'signature', 'session_id', 'csrfToken', 'ssn', 'cardNumber', 'cvv', 'pin'],
]

/** Letters and digits that no other secret has. */
function unique(seed: string, length: number): string {
  let text = ''
  for (let round = 0; text.length < length; round++) {
    text += createHash('sha256')
      .update(`${seed} ${round}`)
      .digest('base64')
      .replace(/[^A-Za-z\d]/g, '')
  }
  return text.slice(0, length)
}

function cardNumber(seed: string): string {
  const digits = `4${BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`)
    .toString()
    .slice(0, 14)}`
  let sum = 0
  for (const [index, digit] of [...digits].reverse().entries()) {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return digits + String((10 - (sum % 10)) % 10)
}

/** Secrets that can be told by their form. */
const FORMS: Readonly<Record<string, (seed: string) => string>> = {
  jwt: (seed) => `eyJhbGciOiJIUzI1NiJ9.eyJ${unique(seed, 24)}.${unique(`${seed} sign`, 30)}`,
  aws: (seed) => `AKIA${unique(seed, 40).toUpperCase().slice(0, 16)}`,
  github: (seed) => `ghp_${unique(seed, 36)}`,
  stripe: (seed) => `sk_live_${unique(seed, 24)}`,
  slack: (seed) => `xoxb-${unique(seed, 24)}`,
  google: (seed) => `AIza${unique(seed, 35)}`,
  card: cardNumber,
}

/** Where a name and a value stand. */
export const NAMED_PLACES = [
  ...['request header', 'cookie', 'query', 'referer', 'json request', 'form request', 'multipart field'],
  ...['json response', 'response header', 'set-cookie', 'xml response', 'html response'],
  ...[
    'insert binding',
    'where binding',
    'update binding',
    'json binding',
    'literal',
    'json literal',
    'sql error',
    'comment',
  ],
  'thrown error',
] as const

/** Where a value stands by itself. */
export const FORMED_PLACES = [
  ...['plain header', 'plain query', 'path', 'plain json request', 'plain json response', 'text response'],
  ...['plain binding', 'plain literal', 'plain thrown error', 'escaped json response', 'tag', 'user id', 'user name'],
  ...['function name', 'script name', 'profile header', 'profile query'],
] as const

export type Place = (typeof NAMED_PLACES)[number] | (typeof FORMED_PLACES)[number]

/** Each place with each name, and each with each form. */
export const PLANTED: readonly (Planted & { readonly place: Place })[] = [
  ...NAMED_PLACES.flatMap((place) =>
    NAMES.map((name) => ({ place, name, value: `Plant${unique(`${place} ${name}`, 14)}` })),
  ),
  ...FORMED_PLACES.flatMap((place) =>
    Object.entries(FORMS).map(([form, make]) => ({ place, name: null, value: make(`${place} ${form}`) })),
  ),
]

export function plantedIn(place: Place): readonly { readonly name: string; readonly value: string }[] {
  return PLANTED.filter((planted) => planted.place === place).map(({ name, value }, index) => ({
    name: name ?? `note${index}`,
    value,
  }))
}
