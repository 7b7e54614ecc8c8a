import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { RequestHandler } from 'express'
import { jwtVerify, SignJWT } from 'jose'
import type { Knex } from 'knex'
import type { User } from './database.js'
import { HttpError } from './http-error.js'

type TokenType = 'access' | 'refresh'

const lifetimes: Record<TokenType, string> = { access: '1h', refresh: '7d' }

/** Without `JWT_SECRET`, tokens are good until the process ends. */
const secret = process.env.JWT_SECRET ? new TextEncoder().encode(process.env.JWT_SECRET) : randomBytes(32)

const deriveKey = promisify<string, string, number, Buffer>(scrypt)
const keyBytes = 64

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16).toString('hex')
  const key = await deriveKey(password, salt, keyBytes)
  return `${salt}:${key.toString('hex')}`
}

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [salt = '', key = ''] = hash.split(':')
  return timingSafeEqual(await deriveKey(password, salt, keyBytes), Buffer.from(key, 'hex'))
}

export function createToken(type: TokenType, user: User): Promise<string> {
  return new SignJWT({ type })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(user.id))
    .setIssuedAt()
    .setExpirationTime(lifetimes[type])
    .sign(secret)
}

/**
 * The user that a token was made for.
 *
 * @throws 401 for a token that is forged, expired or of the other type, or whose user is gone.
 */
export async function userOfToken(db: Knex, type: TokenType, token: string): Promise<User> {
  const userId = await verifyToken(type, token)
  const user = userId === null ? undefined : await db<User>('users').where('id', userId).first()
  if (!user) throw new HttpError(401, { detail: 'Token is invalid or expired.' })
  return user
}

async function verifyToken(type: TokenType, token: string): Promise<number | null> {
  try {
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] })
    return payload.type === type ? Number(payload.sub) : null
  } catch {
    return null
  }
}

/** Lets a request pass whose `Authorization: Bearer …` is a staff user's: 401 for nobody, 403 for anybody else. */
export function requireStaff(db: Knex): RequestHandler {
  return async (req, _res, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '') ?? []
    if (!token) throw new HttpError(401, { detail: 'Authentication credentials were not provided.' })

    const user = await userOfToken(db, 'access', token)
    if (!user.is_staff) throw new HttpError(403, { detail: 'You do not have permission to perform this action.' })
    next()
  }
}
