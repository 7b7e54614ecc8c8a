import { Router } from 'express'
import type { Knex } from 'knex'
import { createToken, userOfToken, verifyPassword } from '../auth.js'
import type { User } from '../database.js'
import { HttpError } from '../http-error.js'
import { credentials, refreshToken, validate } from '../validation.js'

export function authRoutes(db: Knex): Router {
  const router = Router()

  router.post('/login', async (req, res) => {
    const { username, password } = validate(credentials, req.body)

    const user = await db<User>('users').where({ username }).first()
    if (!user || !(await verifyPassword(password, user.password_hash))) {
      throw new HttpError(401, { detail: 'No user with this name and password.' })
    }
    res.json({ access: await createToken('access', user), refresh: await createToken('refresh', user) })
  })

  router.post('/refresh', async (req, res) => {
    const { refresh } = validate(refreshToken, req.body)

    const user = await userOfToken(db, 'refresh', refresh)
    res.json({ access: await createToken('access', user) })
  })

  return router
}
