import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createUser } from '../../example-app/factories.js'
import { describeEngines, useExample } from '../support/example.js'

await describeEngines('/auth', (engine) => {
  const example = useExample(engine)
  const required = ['This field is required.']

  async function login(username = 'regular-user'): Promise<{ access: string; refresh: string }> {
    const { body } = await example.api.post('/auth/login/').send({ username, password: 'password123' })
    return body
  }

  function deleteWith(authorization: string): Promise<number> {
    const request = example.api.delete('/products/999999/').set('authorization', authorization)
    return request.then((response) => response.status)
  }

  describe('POST /auth/login/', () => {
    test.each(['admin', 'regular-user'])('gives %s an access and a refresh token', async (username) => {
      const response = await example.api.post('/auth/login/').send({ username, password: 'password123' })

      expect(response.status).toEqual(200)
      expect(response.body).toEqual({ access: expect.any(String), refresh: expect.any(String) })
      expect(response.body.access).not.toEqual(response.body.refresh)
    })

    test('works without the trailing slash', async () => {
      await example.api.post('/auth/login').send({ username: 'admin', password: 'password123' }).expect(200)
    })

    test.each([
      ['a wrong password', { username: 'admin', password: 'password124' }],
      ['an empty password', { username: 'admin', password: '' }],
      ['an unknown user', { username: 'nobody', password: 'password123' }],
      ['a name in the wrong case', { username: 'Admin', password: 'password123' }],
    ])('answers 401 to %s', async (_what, body) => {
      const response = await example.api.post('/auth/login/').send(body)

      expect(response.status).toEqual(401)
      expect(response.body).toEqual({ detail: 'No user with this name and password.' })
    })

    test.each([
      ['no body', undefined, { username: required, password: required }],
      ['no password', { username: 'admin' }, { password: required }],
      ['no username', { password: 'password123' }, { username: required }],
      ['a number as password', { username: 'admin', password: 1 }, { password: ['Must be a string.'] }],
    ])('answers 400 by field to %s', async (_what, body, messages) => {
      const response = await example.api.post('/auth/login/').send(body)

      expect(response.status).toEqual(400)
      expect(response.body).toEqual(messages)
    })

    test('answers 400 to malformed JSON', async () => {
      const request = example.api.post('/auth/login/').set('content-type', 'application/json')
      await request.send('{"username": ').expect(400)
    })
  })

  describe('POST /auth/refresh/', () => {
    test('gives an access token that opens the doors of its user', async () => {
      const { refresh } = await login('admin')
      const response = await example.api.post('/auth/refresh/').send({ refresh })

      expect(response.status).toEqual(200)
      expect(response.body).toEqual({ access: expect.any(String) })
      expect(await deleteWith(`Bearer ${response.body.access}`)).toEqual(404)
    })

    test('works without the trailing slash', async () => {
      const { refresh } = await login()
      await example.api.post('/auth/refresh').send({ refresh }).expect(200)
    })

    test('answers 401 to a token that is none, and to an access token', async () => {
      const { access } = await login()
      await example.api.post('/auth/refresh/').send({ refresh: 'no.token.this' }).expect(401)
      await example.api.post('/auth/refresh/').send({ refresh: access }).expect(401)
    })

    test('answers 401 when the user is gone', async () => {
      const user = await createUser(example.db)
      const { refresh } = await login(user.username)
      await example.db('users').where('id', user.id).delete()

      await example.api.post('/auth/refresh/').send({ refresh }).expect(401)
    })

    test('answers 400 by field to a missing token', async () => {
      const response = await example.api.post('/auth/refresh/').send({})

      expect(response.status).toEqual(400)
      expect(response.body).toEqual({ refresh: required })
    })
  })

  describe('The authorization header', () => {
    test('lets a staff user pass, whose name was chosen freely', async () => {
      const user = await createUser(example.db, { is_staff: true })
      const { access } = await login(user.username)

      expect(await deleteWith(`Bearer ${access}`)).toEqual(404)
      expect(await deleteWith(`bearer ${access}`)).toEqual(404)
    })

    test('is refused with 401 when it holds no valid access token', async () => {
      const { refresh } = await login('admin')
      const forged = await new SignJWT({ type: 'access' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('1')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode('not the secret'))

      expect(await deleteWith('')).toEqual(401)
      expect(await deleteWith('Bearer')).toEqual(401)
      expect(await deleteWith('Bearer nonsense')).toEqual(401)
      expect(await deleteWith(`Bearer ${forged}`)).toEqual(401)
      expect(await deleteWith(`Bearer ${refresh}`)).toEqual(401)
      expect(await deleteWith(`Basic ${btoa('admin:password123')}`)).toEqual(401)
    })

    test('is asked for in the answer', async () => {
      const response = await example.api.delete('/products/1/')
      expect(response.headers['www-authenticate']).toEqual('Bearer')
    })
  })

  test('passwords are kept hashed, each with its own salt', async () => {
    const hashes = await example.db('users').whereIn('username', ['admin', 'regular-user']).pluck('password_hash')

    expect(hashes).toEqual([expect.stringMatching(/^[0-9a-f]{32}:[0-9a-f]{128}$/), expect.any(String)])
    expect(hashes[0]).not.toEqual(hashes[1])
  })
})
