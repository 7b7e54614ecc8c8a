import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { readCookie, setCookie } from './cookies.js'

const COOKIE = 'silk_csrf'
const FORM = /^[\w-]{43}$/
/** Name of the form field that must repeat the cookie. */
export const CSRF_FIELD = '_csrf'

/** Tokens that go with an answer to a browser that has none yet: the forms of a page share one. */
const given = new WeakMap<ServerResponse, string>()

/**
 * The token for the forms of this page: that of the browser's cookie, else a new one that is set with the answer.
 * No store of tokens: a foreign site can neither read the cookie nor, with SameSite=Strict, have it sent.
 */
export function csrfToken(req: IncomingMessage, res: ServerResponse, base: string): string {
  const known = readCookie(req, COOKIE, FORM) ?? given.get(res)
  if (known !== undefined) return known
  const value = randomBytes(32).toString('base64url')
  given.set(res, value)
  setCookie(req, res, base, { name: COOKIE, value })
  return value
}

/** Why a form is not accepted; `null`: it came from a page of ours. */
export function csrfRefusal(req: IncomingMessage, field: unknown): string | null {
  const site = req.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return 'The browser says that the form was sent by another site.'
  if (!isOwnOrigin(req)) return `The form was sent by another origin, "${req.headers.origin}".`
  const token = readCookie(req, COOKIE, FORM)
  if (token === null) return `The cookie ${COOKIE} is missing.`
  if (typeof field !== 'string' || !isSame(field, token)) return `The field ${CSRF_FIELD} does not match the cookie.`
  return null
}

function isOwnOrigin(req: IncomingMessage): boolean {
  const { origin, host } = req.headers
  // Under "referrer-policy: no-referrer" browsers send the origin of our own forms as null. Such a form of another
  // site falls at sec-fetch-site, or at the cookie that SameSite=Strict keeps back.
  if (origin === undefined || origin === 'null') return true
  try {
    return new URL(origin).host === host?.toLowerCase()
  } catch {
    return false
  }
}

function isSame(given: string, expected: string): boolean {
  const left = Buffer.from(given)
  const right = Buffer.from(expected)
  return left.length === right.length && timingSafeEqual(left, right)
}
