import { REDACTED } from '../model/redacted.js'

// Where a word starts, or after a character that is percent-encoded, once or more. Without it a long run of letters would
// be searched again from each place in it.
const START = /(?:(?<![\w-])|(?<=%(?:25){0,3}[\dA-Fa-f]{2}))/.source

/**
 * Secrets that can be told by their form alone, with what issues them. Each begins with fixed characters, and repeats
 * nothing that could be read in two ways: so each takes time in proportion to the text, whatever stands in it.
 */
const FORMS: readonly string[] = [
  // A JSON Web Token: base64url of JSON that begins with `{"`. Its first part and a piece of the second are enough.
  'eyJ[\\w-]{8,}\\.[\\w-]{4,}(?:\\.[\\w-]*){0,3}',
  // AWS access keys
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z\\d]{16}(?![A-Z\\d])',
  // GitHub, GitLab
  'gh[opsur]_[A-Za-z\\d]{20,}',
  'github_pat_\\w{20,}',
  'gl(?:pat|rt|dt|cbt|ptt|ft|soat)-[\\w-]{16,}',
  // Stripe
  '[rsp]k_(?:live|test)_[A-Za-z\\d]{10,}',
  'whsec_[A-Za-z\\d+/=]{16,}',
  // Slack
  'xox[abceoprs]-[A-Za-z\\d-]{10,}',
  'xapp-\\d-[A-Za-z\\d-]{10,}',
  'hooks\\.slack\\.com/services/[A-Za-z\\d/]{10,}',
  // Google
  'AIza[\\w-]{30,}',
  'ya29\\.[\\w-]{10,}',
  'GOCSPX-[\\w-]{10,}',
  // OpenAI, Anthropic
  'sk-[A-Za-z\\d][\\w-]{18,}',
  // npm, PyPI, SendGrid, Twilio, DigitalOcean, Shopify, Hugging Face, Vault, Telegram
  'npm_[A-Za-z\\d]{30,}',
  'pypi-[\\w-]{16,}',
  'SG\\.[\\w-]{16,}\\.[\\w-]{16,}',
  'SK[\\da-f]{32}(?![\\w-])',
  'do[opr]_v1_[\\da-f]{40,}',
  'shp(?:at|ca|pa|ss)_[\\dA-Fa-f]{20,}',
  'hf_[A-Za-z\\d]{20,}',
  'hv[bsr]\\.[\\w-]{20,}',
  '\\d{8,10}:AA[\\w-]{30,}',
]

const TOKEN = new RegExp(`${START}(?:${FORMS.join('|')})`, 'g')
/** Hashes of passwords, which are worth as much as the passwords where these are weak. */
const HASH =
  /\$2[abxy]?\$\d\d\$[./A-Za-z\d]{53}|\$argon2(?:id|i|d)\$[\w$=,+/-]{20,500}|\$[156]\$[^$\s'"]{1,40}\$[./A-Za-z\d]{20,100}/g
/** Up to its end, or to that of the text. */
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z\d]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z\d]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|$)/g
const AUTHORIZATION = /(?<![\w-])(Bearer|Basic|Token)(\s{1,3}|%20|\+)([\w.~+/%-]{6,}=*)/gi
/** `https://user:password@host/` */
const URL_USER = /(?<=[a-z\d+.-]{2,20}:(?:\/|\\\/){2})[^\s/@:'"\\]{0,200}:[^\s/@'"\\]{1,200}(?=@)/gi
const DIGITS = /(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d|\.\d)/g

/**
 * What every one of them has in it, so that most texts are done after one look. Several patterns, since V8 takes twice as
 * long for the same in one.
 */
const MARKS: readonly RegExp[] = [
  /eyJ|-----BEGIN/,
  /(?:AKI|ASI|ABI|ACC)A|gh[opsur]_|github_pat|gl\w{2,4}-|k_(?:live|test)_|whsec_|xox|xapp-|hooks\.slack/,
  /AIza|ya29|GOCSPX|sk-|npm_|pypi-|SG\./,
  /SK[\da-f]{8}|_v1_|shp\w\w_|hf_|hv[bsr]\.|:AA|\$(?:2|argon2|[156]\$)/,
  /[Bb]earer|BEARER|[Bb]asic|BASIC|[Tt]oken|TOKEN/,
  /:(?:\/|\\\/){2}[^\s/]{1,400}@/,
  /\d{12}|\d{4}[ -]\d{4}/,
]

/** Shorter than any secret that can be told by its form. */
const SHORTEST = 12

/** Whether it is worth a closer look. What is written with escapes cannot be told. */
export function mayHoldSecret(text: string): boolean {
  return text.length >= SHORTEST && MARKS.some((mark) => mark.test(text))
}

/** The text without the secrets that can be told by their form, wherever they stand in it. */
export function maskLooks(text: string): string {
  if (!mayHoldSecret(text)) return text
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(TOKEN, REDACTED)
    .replace(HASH, REDACTED)
    .replace(AUTHORIZATION, maskAuthorization)
    .replace(URL_USER, REDACTED)
    .replace(DIGITS, (digits) => (isCardNumber(digits) ? REDACTED : digits))
}

/** At the end of a text that was cut, the first part of a token alone may be all that is left. */
const CUT_OFF = new RegExp(`${START}(?:eyJ[\\w-]{8,}\\.?[\\w-]*|(?:gh[opsur]|github_pat)_\\w+)$`)

export function maskCutOff(text: string): string {
  const from = Math.max(0, text.length - CUT_OFF_CHARS)
  const tail = text.slice(from)
  const masked = /eyJ|gh[opsur]_|github_pat/.test(tail) ? tail.replace(CUT_OFF, REDACTED) : tail
  return masked === tail ? text : text.slice(0, from) + masked
}

const CUT_OFF_CHARS = 4_000

/** Prose has these words too: "a bearer token", "basic authentication". */
function maskAuthorization(whole: string, scheme: string, space: string, credentials: string): string {
  const isProse = /^[a-z]{1,19}[.,]?$/i.test(credentials) && !/[a-z][A-Z]/.test(credentials)
  return isProse || credentials.startsWith(REDACTED) ? whole : `${scheme}${space}${REDACTED}`
}

/** By the issuers' own beginnings and lengths, and the check digit. */
const ISSUERS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|6(?:011|[45]\d\d|2\d\d)\d{12,15})$/

function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '')
  if (!ISSUERS.test(digits)) return false
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
