import type { Request } from 'express'
import type { RecordedUser } from '../model/marks.js'
import { howItThrew, letFail } from './app-function.js'
import type { Report } from './report.js'

/** What the app's function may say: an id, or an id with a name; nothing for nobody. */
export type GivenUser =
  | string
  | number
  | { readonly id: string | number; readonly name?: string | null | undefined }
  | null
  | undefined

/** Who sent a request, asked once it is answered. Never throws. */
export type UserOf = (req: Request) => RecordedUser | null

const MOST_CHARS = 2_000

/** The app's own function, with nothing that can go wrong with it left. */
export function guardedUser(ask: (req: Request) => GivenUser, report: Report): UserOf {
  // Always in the same words, so that it is said once, and without what was given, which might be secret.
  const fail = (how: string): null => {
    report(
      new Error(`The option \`user\` ${how}; the request was recorded without a user.`),
      'asking who sent a request',
    )
    return null
  }
  return (req) => {
    try {
      const given: unknown = ask(req)
      if (given === null || given === undefined) return null
      if (letFail(given)) return fail('gave a promise, which is not waited for')
      return userOf(given) ?? fail('gave what is no id, and no { id, name }')
    } catch (error) {
      return fail(howItThrew(error))
    }
  }
}

/** `null`: it makes no sense */
function userOf(given: unknown): RecordedUser | null {
  if (typeof given !== 'object' || given === null) {
    const id = idOf(given)
    return id === null ? null : { id, name: null }
  }
  const { id: givenId, name } = given as { readonly id?: unknown; readonly name?: unknown }
  const id = idOf(givenId)
  if (id === null) return null
  return { id, name: typeof name === 'string' && name !== '' ? name.slice(0, MOST_CHARS) : null }
}

function idOf(given: unknown): string | null {
  if (typeof given === 'string') return given.trim() === '' ? null : given.slice(0, MOST_CHARS)
  if (typeof given === 'number' && Number.isFinite(given)) return String(given)
  return typeof given === 'bigint' ? String(given) : null
}
