import type { Request } from 'express'
import silk, { type SilkOptions } from 'express-silk'
import { describe, expect, test } from 'vitest'
import { burn, SECRET, start } from './support.js'

const BY_HEADER = { 'x-silk-profile': SECRET }
const cpuProfile = { secret: SECRET, perMinute: 100 }

describe('the secret', () => {
  test('has the request profiled that carries it, in the header or in the address', async () => {
    const { get, profiled } = await start({ cpuProfile })

    await get('/a')
    await get('/b', BY_HEADER)
    await get(`/c?silk-profile=${SECRET}`)
    await get('/d')

    expect(await profiled()).toEqual(['/b', '/c?silk-profile=[redacted]'])
  })

  test.each<[string, string, Record<string, string>]>([
    ['another secret', '/a?silk-profile=f2c9b7d41e8a40d7', { 'x-silk-profile': 'f2c9b7d41e8a40d7' }],
    ['a part of it', '/a?silk-profile=f2c9b7d41e8a40d', { 'x-silk-profile': 'f2c9b7d41e8a40d' }],
    ['more than it', `/a?silk-profile=${SECRET}0`, { 'x-silk-profile': `${SECRET}0` }],
    ['nothing', '/a?silk-profile=', { 'x-silk-profile': '' }],
    ['the secret under another name', `/a?profile=${SECRET}&x-silk-profile=${SECRET}`, { 'silk-profile': SECRET }],
    ['another case', `/a?silk-profile=${SECRET.toUpperCase()}`, { 'x-silk-profile': SECRET.toUpperCase() }],
  ])('%s asks for nothing', async (_, path, headers) => {
    const { get, profiled } = await start({ cpuProfile })

    await get(path, headers)

    expect(await profiled()).toEqual([])
  })

  test('goes by the names that the option has, and is recorded nowhere', async () => {
    const { get, profiled, json, recorded } = await start({
      cpuProfile: { ...cpuProfile, header: 'X-CPU', query: 'cpu' },
    })

    await get('/a', { 'x-cpu': SECRET })
    await get(`/b?cpu=${SECRET}&x=1`, { referer: `http://a.example/?cpu=${SECRET}` })

    expect(await profiled()).toEqual(['/a', '/b?cpu=[redacted]&x=1'])
    for (const { id } of await recorded()) expect(JSON.stringify(await json(`/requests/${id}`))).not.toContain(SECRET)
  })

  test.each<[string, SilkOptions]>([
    ['no secret is set', {}],
    ['profiles are off', { cpuProfile: false }],
    ['the request is ignored', { cpuProfile, ignore: ['/a'] }],
    ['it is not sampled', { cpuProfile, sample: 0 }],
  ])('asks for nothing where %s', async (_, options) => {
    const { get, profiled } = await start(options)

    await get('/a', BY_HEADER)

    expect(await profiled()).toEqual([])
  })
})

describe('cpuProfile.shouldProfile', () => {
  test('says which requests are profiled', async () => {
    const { get, profiled } = await start({
      cpuProfile: { perMinute: 100, shouldProfile: (req: Request) => req.get('x-look') === 'yes' },
    })

    await get('/a')
    await get('/b', { 'x-look': 'yes' })

    expect(await profiled()).toEqual(['/b'])
  })

  test.each<[string, () => boolean, string]>([
    [
      'throws',
      () => {
        throw new TypeError('hunter2')
      },
      'threw a TypeError',
    ],
    ['gives a promise', () => Promise.reject(new Error('late')) as unknown as boolean, 'gave a promise'],
  ])('that %s profiles nothing, and is warned of without its words', async (_, shouldProfile, said) => {
    const { get, profiled, heard } = await start({ cpuProfile: { shouldProfile } })

    expect((await get('/a')).status).toBe(200)

    expect(await profiled()).toEqual([])
    expect(heard.join()).toContain(`\`cpuProfile.shouldProfile\` ${said}`)
    expect(heard.join()).not.toContain('hunter2')
  })
})

describe('cpuProfile.slowerThanMs', () => {
  test('has the next request of the route profiled, of that route alone, and once', async () => {
    const { get, profiled, recorded } = await start({ cpuProfile: { slowerThanMs: 30, perMinute: 100 } })

    await get('/items/1')
    await get('/slow/1')
    await recorded()
    await get('/items/2')
    await get('/slow/2?x=1')
    await recorded()
    // One that was profiled is slow by that alone.
    await get('/slow/3')

    expect(await profiled()).toEqual(['/slow/2?x=1'])
  })

  test('and the next run of a job', async () => {
    const { profiled, recorded } = await start({ cpuProfile: { slowerThanMs: 30, perMinute: 100 } })

    silk.record('nightly', () => burn(60))
    await recorded()
    silk.record('hourly', () => {})
    silk.record('nightly', () => {})

    expect(await profiled()).toEqual(['nightly'])
  })
})

describe('silk.record', () => {
  test('has the run profiled that asks for it, and no other', async () => {
    const { profiled, recorded } = await start({ cpuProfile: { perMinute: 100 } })

    silk.record('nightly', () => burn(20))
    const given = await silk.record('report', async () => burn(20), { cpuProfile: true })
    silk.record('report', () => burn(20), { cpuProfile: false })
    silk.record('hourly', () => burn(20), {})

    expect([given, await profiled()]).toEqual([undefined, ['report']])
    expect((await recorded()).flatMap(({ cpuProfile }) => cpuProfile?.trigger ?? [])).toEqual(['code'])
  })

  test('profiles one run at a time, as many as a minute may have, and counts the others', async () => {
    const { profiled, recorded, json } = await start({ cpuProfile: { perMinute: 1 } })
    const asked = { cpuProfile: true }

    silk.record('outer', () => silk.record('inner', () => {}, asked), asked)
    await recorded()
    silk.record('later', () => {}, asked)

    expect(await profiled()).toEqual(['outer'])
    expect((await json('/cpu-profiles')).counts).toMatchObject({ taken: 1, busy: 1, limited: 1 })
  })

  test('profiles nothing where profiles are off', async () => {
    const { profiled, recorded } = await start({ cpuProfile: false })

    silk.record('report', () => {}, { cpuProfile: true })

    expect([await profiled(), (await recorded()).length]).toEqual([[], 1])
  })

  test.each<[unknown, string]>([
    [
      'on',
      "Expected the options of silk.record('job', fn, options) to be an object such as { cpuProfile: true }, got 'on'",
    ],
    [null, 'got null (object)'],
    [{ profile: true }, `silk.record('job', fn, options) has no option "profile"; allowed: cpuProfile`],
    [
      { cpuProfile: 'yes' },
      `Expected the option "cpuProfile" of silk.record('job', fn, options) to be true or false, got 'yes'`,
    ],
  ])('given %j as options says what is allowed, and runs nothing', async (options, message) => {
    await start()
    let runs = 0

    expect(() => silk.record('job', () => runs++, options as never)).toThrow(message)
    expect(runs).toBe(0)
  })
})

describe('a page', () => {
  test('has the next request of a route profiled', async () => {
    const { get, ask, profiled, json } = await start({ cpuProfile: { perMinute: 100 } })

    const answer = await ask({ profile: 'next', method: 'GET', route: '/items/:id', back: '/requests' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/silk/requests'])
    expect((await json('/cpu-profiles')).awaited).toMatchObject([{ method: 'GET', route: '/items/:id' }])
    await get('/other/1')
    await get('/items/1')
    await get('/items/2')

    expect(await profiled()).toEqual(['/items/1'])
    expect((await json('/cpu-profiles')).awaited).toEqual([])
  })

  test('has the next request of any profiled, and the next run of a job', async () => {
    const { get, ask, profiled } = await start({ cpuProfile: { perMinute: 100 } })

    await ask({ profile: 'next' })
    await get('/a')
    await get('/b')
    await ask({ profile: 'next', method: 'JOB', route: 'nightly' })
    silk.record('nightly', () => {})

    expect(await profiled()).toEqual(['/a', 'nightly'])
  })

  test('goes on waiting when the request turns out to be of a route like it', async () => {
    const { get, ask, profiled, json } = await start({ cpuProfile: { perMinute: 100 } })

    await ask({ profile: 'next', method: 'GET', route: '/items/:id' })
    await get('/items/new')
    expect(await profiled()).toEqual([])
    expect((await json('/cpu-profiles')).counts.otherRoute).toBe(1)
    await get('/items/7')

    expect(await profiled()).toEqual(['/items/7'])
  })

  test('waits no longer when it is told so', async () => {
    const { get, ask, profiled } = await start()

    await ask({ profile: 'next', method: 'GET', route: '/items/:id' })
    await ask({ profile: 'next' })
    await ask({ profile: 'cancel', method: 'GET', route: '/items/:id' })
    await get('/items/1')

    expect(await profiled()).toEqual([])
  })

  test.each<[string, Record<string, string>, number]>([
    ['without the token', { profile: 'next', _csrf: 'x' }, 403],
    ['of another kind', { profile: 'all' }, 400],
    ['of half a route', { profile: 'next', method: 'GET' }, 400],
    ['that leads elsewhere', { profile: 'next', back: '//evil.example/' }, 400],
  ])('refuses a form %s', async (_, fields, status) => {
    const { ask, json } = await start()

    expect((await ask(fields)).status).toBe(status)

    expect((await json('/cpu-profiles')).awaited).toEqual([])
  })

  test('offers nothing where profiles are off', async () => {
    const { ask, get } = await start({ cpuProfile: false })

    expect((await ask({ profile: 'next' })).status).toBe(404)
    expect(await (await get('/silk/cpu-profiles')).text()).toContain('No profile can be asked for here')
  })
})

describe('limits', () => {
  test('one at a time: the others are counted, and answered as ever', async () => {
    const waiting: (() => void)[] = []
    const { get, profiled, json } = await start({ cpuProfile }, (app) => {
      app.get('/held', (_req, res) => {
        waiting.push(() => void res.json(1))
      })
    })

    const held = get('/held', BY_HEADER)
    await expect.poll(() => waiting.length).toBe(1)
    const other = await get('/b', BY_HEADER)
    waiting[0]?.()
    await held

    expect(other.status).toBe(200)
    expect(await profiled()).toEqual(['/held'])
    expect((await json('/cpu-profiles')).counts).toMatchObject({ taken: 1, busy: 1 })
  })

  test('so many in a minute, by whatever asks', async () => {
    const { get, profiled, json } = await start({ cpuProfile: { ...cpuProfile, perMinute: 2 } })

    for (const path of ['/a', '/b', '/c', '/d']) await get(path, BY_HEADER)

    expect(await profiled()).toEqual(['/a', '/b'])
    expect((await json('/cpu-profiles')).counts).toMatchObject({ taken: 2, limited: 2 })
  })

  test('who waited when there was no room is served when there is', async () => {
    const waiting: (() => void)[] = []
    const { get, ask, profiled } = await start({ cpuProfile }, (app) => {
      app.get('/held', (_req, res) => {
        waiting.push(() => void res.json(1))
      })
    })

    const held = get('/held', BY_HEADER)
    await expect.poll(() => waiting.length).toBe(1)
    await ask({ profile: 'next', method: 'GET', route: '/items/:id' })
    await get('/items/1')
    waiting[0]?.()
    await held
    await get('/items/2')

    expect(await profiled()).toEqual(['/held', '/items/2'])
  })
})
