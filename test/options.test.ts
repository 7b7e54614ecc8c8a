import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import knex from 'knex'
import { describe, expect, test } from 'vitest'
import { SilkOptionError } from '../src/errors.js'
import { describeSettings, resolveOptions, type SilkOptions } from '../src/options.js'

/** Options as JavaScript callers may give them, wrong ones too. */
function resolve(options: unknown = {}, environment: Record<string, string> = {}) {
  const warnings: string[] = []
  const resolved = resolveOptions(options as SilkOptions, environment, (message) => warnings.push(message))
  return { ...resolved, warnings }
}

function errorOf(options: unknown, environment: Record<string, string> = {}): SilkOptionError {
  try {
    resolve(options, environment)
  } catch (error) {
    if (error instanceof SilkOptionError) return error
    throw error
  }
  throw new Error(`accepted: ${inspect(options)}`)
}

describe('defaults', () => {
  test('are those of the docs', () => {
    const { store, origins, ...rest } = resolveOptions(undefined, {})
    expect(rest).toEqual({
      enabled: true,
      path: '/silk',
      knex: [],
      context: 'async-local-storage',
      session: null,
      authorize: null,
      allowFrom: [],
      ignore: [],
      sample: 1,
      shouldRecord: null,
      shouldKeep: null,
      onDemand: null,
      retention: { count: 10_000, ageHours: null, bytes: null },
      bodies: { maxBytes: 65_536 },
      spans: [],
      middleware: false,
      outgoingHttp: true,
      cpuProfile: {
        ...{ secret: null, header: 'x-silk-profile', query: 'silk-profile', shouldProfile: null, slowerThanMs: null },
        ...{ intervalUs: 200, maxMs: 10_000, maxBytes: 2_000_000, perMinute: 10, keep: 100, keepBytes: 50_000_000 },
      },
      user: null,
      usage: { memory: true, eventLoop: true, cpu: false },
      redact: { names: [], replace: false, value: null },
      headers: { id: true, link: true, serverTiming: true },
      onFinding: null,
      detect: {
        nPlusOne: { threshold: 5 },
        duplicateQuery: { threshold: 2 },
        writeLoop: { threshold: 5 },
        sequentialQueries: { ms: 20 },
        slowQuery: { ms: 100 },
        missingIndex: { rows: 1_000 },
        unboundedResult: { rows: 500 },
        overFetch: { bytes: 100_000, rows: 100 },
        repeatedAcrossRequests: { recordings: 20, share: 0.8 },
        poolWait: { ms: 40 },
        longTransaction: { ms: 100 },
        queryBudget: { queries: null, sqlMs: null },
        lateQuery: { ms: 0 },
        routes: {},
        ignore: [],
      },
      editor: 'vscode://file/{file}:{line}:{column}',
      onError: null,
      production: false,
    })
    expect(store).toEqual({ file: `${process.cwd()}/.silk/silk.db` })
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
  })

  test('stand for options that are undefined, at every depth', () => {
    const given = {
      enabled: undefined,
      path: undefined,
      store: undefined,
      knex: undefined,
      context: undefined,
      authorize: undefined,
      allowFrom: undefined,
      ignore: undefined,
      sample: undefined,
      shouldRecord: undefined,
      shouldKeep: undefined,
      onDemand: undefined,
      retention: { count: undefined },
      bodies: undefined,
      spans: undefined,
      middleware: undefined,
      outgoingHttp: undefined,
      cpuProfile: undefined,
      user: undefined,
      usage: { memory: undefined },
      redact: undefined,
      headers: { id: undefined, link: undefined, serverTiming: undefined },
      onFinding: undefined,
      detect: { nPlusOne: { threshold: undefined } },
      editor: undefined,
      onError: undefined,
    }
    expect(resolve(given)).toEqual(resolve({}))
  })
})

describe('options in code', () => {
  test('decide on the headers; server-timing in production only when it is asked for', () => {
    const production = { NODE_ENV: 'production', SILK_ENABLED: '1' }

    expect(resolve({}, production).headers).toEqual({ id: true, link: true, serverTiming: false })
    expect(resolve({ headers: { serverTiming: true } }, production).headers.serverTiming).toBe(true)
  })

  test('name an editor, or switch its links off', () => {
    expect(resolve({ editor: 'jetbrains' }).editor).toBe('idea://open?file={file}&line={line}&column={column}')
    expect(resolve({ editor: false }).editor).toBe(null)
  })

  test('are taken, and the caller’s object is left as it was', () => {
    const db = knex({ client: 'better-sqlite3', useNullAsDefault: true })
    const options = {
      path: '/_profiler/silk',
      store: '/tmp/s.db',
      knex: [db, db],
      context: 'cls-hooked',
      session: 'before',
      authorize: () => true,
      allowFrom: ['10.0.0.0/8', 'fd00::/8', '192.168.1.20', '::1'],
      ignore: ['/healthz', '/assets/**', /\.js$/, () => false],
      sample: 0.5,
      shouldRecord: () => true,
      shouldKeep: () => true,
      onDemand: { secret: 'f2c9b7d41e8a40d6', header: 'x-look', cookie: 'look' },
      retention: { count: 1, ageHours: 0.5, bytes: 1_000_000 },
      bodies: { maxBytes: 1_024 },
      spans: [{ module: 'stripe', method: 'charge', name: 'payment' }],
      middleware: true,
      outgoingHttp: false,
      cpuProfile: {
        ...{ secret: 'f2c9b7d41e8a40d6', header: 'x-cpu', query: 'cpu', shouldProfile: () => true, slowerThanMs: 500 },
        ...{ intervalUs: 100, maxMs: 500, maxBytes: 100_000, perMinute: 2, keep: 5, keepBytes: 1_000_000 },
      },
      user: () => 'ada',
      usage: { memory: false, eventLoop: false, cpu: true },
      redact: { names: ['iban'], replace: true, value: (_path: string, value: unknown) => value },
      headers: { id: false, link: true, serverTiming: false },
      onFinding: false,
      editor: 'txmt://open?url=file://{file}&line={line}',
      onError: () => {},
    }
    const before = inspect(options, { depth: 3 })
    const { store, knex: instances, origins, enabled, production, warnings, ...rest } = resolve(Object.freeze(options))
    const { detect, ...others } = rest
    expect(others).toEqual({ ...options, store: undefined, knex: undefined })
    expect({ store, instances, enabled }).toEqual({ store: { file: '/tmp/s.db' }, instances: [db], enabled: true })
    expect(origins).toEqual({
      ...Object.fromEntries(
        Object.keys(origins).map((name) => [name, name.startsWith('detect.') ? 'default' : 'code']),
      ),
      enabled: 'default',
    })
    expect(inspect(options, { depth: 3 })).toBe(before)
  })

  test.each([
    ['data/silk.db', `${process.cwd()}/data/silk.db`],
    ['/var/silk.db', '/var/silk.db'],
    [':memory:', ':memory:'],
    [{ client: 'better-sqlite3', connection: { filename: 'x.db' } }, `${process.cwd()}/x.db`],
    [{ client: 'better-sqlite3', connection: { filename: ':memory:' } }, ':memory:'],
  ])('store %j is the file %s', (store, file) => {
    expect(resolve({ store }).store).toEqual({ file })
  })

  test('say what is detected, in all routes and in single ones', () => {
    const { detect } = resolve({
      detect: {
        nPlusOne: { threshold: 3 },
        lateQuery: false,
        queryBudget: { queries: 20 },
        routes: { 'GET /export': { nPlusOne: false, queryBudget: { sqlMs: 80 }, lateQuery: {} } },
        ignore: [/from settings/g, { kind: 'slow-query', statement: 'from reports' }],
      },
    })

    expect(detect).toMatchObject({ nPlusOne: { threshold: 3 }, writeLoop: { threshold: 5 }, lateQuery: null })
    expect(detect.routes['GET /export']).toMatchObject({
      nPlusOne: null,
      queryBudget: { queries: 20, sqlMs: 80 },
      lateQuery: { ms: 0 },
    })
    expect(detect.ignore).toEqual([
      { kind: null, statement: /from settings/ },
      { kind: 'slow-query', statement: 'from reports' },
    ])
  })

  test('one knex instance, a class of its own, and a RegExp of another realm are fine', () => {
    const db = knex({ client: 'pg' })
    expect(resolve({ knex: db }).knex).toEqual([db])
    expect(resolve({ knex: { client: {} } }).knex).toHaveLength(1)
    expect(resolve({ ignore: [runInNewContext('/x/')] }).ignore).toHaveLength(1)
  })
})

describe('a mistake is named with its value and what is allowed', () => {
  test.each<[unknown, string, string]>([
    [{ treshold: 3 }, 'treshold', 'Unknown option `treshold`. Known: `enabled`, '],
    [
      { detect: { nPlusOne: { treshold: 3 } } },
      'detect.nPlusOne.treshold',
      'Unknown option `detect.nPlusOne.treshold`; did you mean `threshold`? Known: `threshold`.',
    ],
    [
      { enable: true },
      'enable',
      'Unknown option `enable`; did you mean `enabled`? Known: `enabled`, `path`, `store`, ',
    ],
    [{ authorise: () => true }, 'authorise', 'did you mean `authorize`?'],
    [{ allowfrom: [] }, 'allowfrom', 'did you mean `allowFrom`?'],
    [{ pahts: '/x' }, 'pahts', 'did you mean `path`?'],
    [{ detect: { nplusone: {} } }, 'detect.nplusone', 'did you mean `nPlusOne`?'],
    [
      { store: { client: 'better-sqlite3', connection: { file: 'x' } } },
      'store.connection.filename',
      'to be a file path, or',
    ],
    [
      { detect: { nPlusOne: { threshold: 1 } } },
      'detect.nPlusOne.threshold',
      'Expected option `detect.nPlusOne.threshold` to be an integer of at least 2, got `1` (number)',
    ],
    [
      { detect: { lateQuery: true } },
      'detect.lateQuery',
      'to be false, or an object of options (`ms`), got `true` (boolean)',
    ],
    [{ detect: { slowQuery: { ms: -1 } } }, 'detect.slowQuery.ms', 'to be a number of at least 0, got `-1` (number)'],
    [
      { detect: { repeatedAcrossRequests: { share: 80 } } },
      'detect.repeatedAcrossRequests.share',
      'to be a number from 0 to 1, got `80` (number)',
    ],
    [
      { detect: { routes: { '/export': {} } } },
      'detect.routes./export',
      "to be a method and a route's pattern, such as 'GET /collections/:id', or 'JOB nightly report', got `'/export'` (string)",
    ],
    [
      { detect: { routes: { 'GET /export': { nPlusOne: { threshold: 0 } } } } },
      'detect.routes.GET /export.nPlusOne.threshold',
      'to be an integer of at least 2, got `0` (number)',
    ],
    [{ detect: { ignore: 'x' } }, 'detect.ignore', 'to be an array of statements'],
    [
      { detect: { ignore: [7] } },
      'detect.ignore[0]',
      'to be a part of a statement, or a RegExp, or { kind, statement }',
    ],
    [{ detect: { ignore: [{ kind: 'n+1', statement: 'x' }] } }, 'detect.ignore[0].kind', "to be one of 'n-plus-one', "],
    [{ retention: { count: 0 } }, 'retention.count', 'to be an integer of at least 1, got `0` (number)'],
    [{ retention: { count: 1.5 } }, 'retention.count', 'got `1.5` (number)'],
    [{ retention: { count: '10' } }, 'retention.count', "got `'10'` (string)"],
    [{ retention: { count: Number.NaN } }, 'retention.count', 'got `NaN` (number)'],
    [{ retention: { count: Number.POSITIVE_INFINITY } }, 'retention.count', 'got `Infinity` (number)'],
    [{ retention: { ageHours: 0 } }, 'retention.ageHours', 'to be a number of at least 0.01, got `0` (number)'],
    [{ retention: { bytes: 1e5 } }, 'retention.bytes', 'to be an integer of at least 1000000, got `100000` (number)'],
    [{ retention: 10 }, 'retention', 'to be an object of options (`count`, `ageHours`, `bytes`), got `10` (number)'],
    [{ detect: [] }, 'detect', 'to be an object of options (`nPlusOne`, `duplicateQuery`, '],
    [{ enabled: 'yes' }, 'enabled', "Expected option `enabled` to be true or false, got `'yes'` (string)"],
    [{ enabled: null }, 'enabled', 'got `null`'],
    [{ context: 'als' }, 'context', "to be 'async-local-storage' or 'cls-hooked', got `'als'` (string)"],
    [{ knex: {} }, 'knex', 'to be a knex instance, or an array of them, got `{}` (object)'],
    [{ knex: [{ client: {} }, 'pg'] }, 'knex[1]', 'Expected option `knex[1]` to be a knex instance'],
    [{ authorize: true }, 'authorize', 'to be a function (req) => boolean, got `true` (boolean)'],
    [{ allowFrom: '10.0.0.0/8' }, 'allowFrom', 'to be an array of IP addresses and CIDR ranges'],
    [
      { ignore: ['healthz'] },
      'ignore[0]',
      "to be a path that starts with '/', a RegExp, or a function (path) => boolean, got `'healthz'` (string)",
    ],
    [{ ignore: '/x' }, 'ignore', 'to be an array of RegExps, functions (path) => boolean, and paths'],
    [{ sample: 1.1 }, 'sample', 'to be a number from 0 to 1, got `1.1` (number)'],
    [{ sample: '10%' }, 'sample', "to be a number from 0 to 1, got `'10%'` (string)"],
    [{ shouldRecord: true }, 'shouldRecord', 'to be a function (req) => boolean, got `true` (boolean)'],
    [{ shouldKeep: {} }, 'shouldKeep', 'to be a function (recording) => boolean, got `{}` (object)'],
    [{ onDemand: 'x' }, 'onDemand', "to be an object of options (`secret`, `header`, `cookie`), got `'x'` (string)"],
    [{ onDemand: { secret: 'hunter2' } }, 'onDemand.secret', 'letters, digits and -._~+/=, got 7 characters'],
    [{ onDemand: { header: 'x' } }, 'onDemand.secret', 'to be 16 to 200 letters, digits and -._~+/=, got 0 characters'],
    [{ cpuProfile: true }, 'cpuProfile', 'to be false, or an object of options (`secret`, `shouldProfile`'],
    [{ cpuProfile: { secret: 'hunter2' } }, 'cpuProfile.secret', 'letters, digits and -._~+/=, got 7 characters'],
    [{ cpuProfile: { secret: '' } }, 'cpuProfile.secret', 'got 0 characters'],
    [{ cpuProfile: { header: 'x y' } }, 'cpuProfile.header', 'to be a name of letters, digits, - and _'],
    [{ cpuProfile: { shouldProfile: '/x' } }, 'cpuProfile.shouldProfile', 'to be a function (req) => boolean'],
    [{ cpuProfile: { slowerThanMs: 0 } }, 'cpuProfile.slowerThanMs', 'to be a number of at least 1'],
    [{ cpuProfile: { intervalUs: 10 } }, 'cpuProfile.intervalUs', 'to be an integer from 50 to 100000'],
    [{ cpuProfile: { maxMs: 1e9 } }, 'cpuProfile.maxMs', 'to be a number from 10 to 60000'],
    [{ cpuProfile: { maxBytes: 1 } }, 'cpuProfile.maxBytes', 'to be an integer of at least 10000'],
    [{ cpuProfile: { perMinute: 0 } }, 'cpuProfile.perMinute', 'to be an integer from 1 to 600'],
    [{ cpuProfile: { keep: 0.5 } }, 'cpuProfile.keep', 'to be an integer of at least 1'],
    [{ cpuProfile: { slowerThan: 5 } }, 'cpuProfile.slowerThan', 'did you mean `slowerThanMs`'],
    [{ redact: { names: ['--'] } }, 'redact.names[0]', 'to be a name with a letter or digit in it'],
    [{ redact: { replace: 1 } }, 'redact.replace', 'to be true or false'],
    [{ redact: { value: 'mask' } }, 'redact.value', 'to be a function (path, value) => value'],
    [{ middleware: 'all' }, 'middleware', 'to be true or false'],
    [{ spans: {} }, 'spans', 'to be an array of { module, export, method, name }'],
    [{ spans: ['stripe'] }, 'spans[0]', 'to be an object such as { module, export, method, name }'],
    [{ spans: [{ module: '' }] }, 'spans[0].module', 'to be the name of a package, or a file relative to the project'],
    [{ spans: [{ module: 'x', method: 5 }] }, 'spans[0].method', 'to be the name of a method'],
    [{ bodies: true }, 'bodies', 'to be an object of options (`maxBytes`), or false'],
    [{ bodies: { maxBytes: -1 } }, 'bodies.maxBytes', 'to be an integer from 0 to 16777216'],
    [{ bodies: { maxBytes: 1e9 } }, 'bodies.maxBytes', 'to be an integer from 0 to 16777216'],
    [{ editor: 'vim' }, 'editor', "to be one of 'vscode', "],
    [{ editor: true }, 'editor', 'or false, got `true` (boolean)'],
    [{ editor: 'myeditor://open?line={line}' }, 'editor', 'with {file} in it'],
    [{ editor: 'javascript:open("{file}")' }, 'editor', 'with {file} in it'],
    [{ headers: { id: 'yes' } }, 'headers.id', 'to be true or false'],
    [{ headers: { timing: false } }, 'headers.timing', 'Known: `id`, `link`, `serverTiming`'],
    [{ onFinding: true }, 'onFinding', 'to be a function (finding) => void, or false'],
    [{ onError: 'log' }, 'onError', 'to be a function (error) => void'],
    [null, '', 'Expected the options to be an object of options'],
    ['/silk', '', "got `'/silk'` (string)"],
    [[], '', 'got `[]` (array)'],
    [() => {}, '', '(function)'],
  ])('%j', (options, option, text) => {
    const error = errorOf(options)
    expect(error.option).toBe(option)
    expect(error.message).toContain(text)
  })

  test.each(['10.0.0.0/33', '10.0.0/8', '::1/129', '::1/', 'localhost', '10.0.0.1/8/9', 'fe80::1%eth0', '', 5])(
    'allowFrom %j',
    (address) => {
      expect(errorOf({ allowFrom: ['127.0.0.1', address] }).option).toBe('allowFrom[1]')
    },
  )

  test.each([
    'silk',
    '/',
    '',
    '/silk/',
    '//silk',
    '/a//b',
    '/silk?x=1',
    '/silk#x',
    '/:id',
    '/si*k',
    '/a b',
    '/(silk)',
    '/../x',
    '/a/.',
    7,
  ])('path %j', (path) => {
    expect(errorOf({ path }).option).toBe('path')
  })

  test.each(['', '  ', 'postgres://db/silk', 'file:silk.db?mode=memory', 'a\0b', 5, true])('store %j', (store) => {
    expect(errorOf({ store }).option).toBe('store')
  })

  test.each([
    [{ client: 'pg', connection: { filename: 'x.db' } }, 'store.client'],
    [{ client: 'better-sqlite3' }, 'store.connection'],
    [{ client: 'better-sqlite3', connection: 'x.db' }, 'store.connection'],
    [{ client: 'better-sqlite3', connection: { filename: 'x.db' }, pool: {} }, 'store.pool'],
  ])('store %j', (store, option) => {
    expect(errorOf({ store }).option).toBe(option)
  })

  test('as a TypeError with a code that can be tested for', () => {
    const error = errorOf({ path: 1 })
    expect({ type: error instanceof TypeError, name: error.name, code: error.code }).toEqual({
      type: true,
      name: 'SilkOptionError',
      code: 'ERR_SILK_OPTION',
    })
  })

  test('in one line, however large or hostile the value', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no')
        },
      },
    )
    expect(errorOf({ path: 'x'.repeat(1e6) }).message.length).toBeLessThan(400)
    expect(errorOf({ path: hostile }).option).toBe('path')
  })
})

describe('environment', () => {
  test('wins over code, and code over defaults', () => {
    const options = { path: '/code', store: 'code.db', context: 'async-local-storage', session: 'code', enabled: true }
    const variables = { SILK_PATH: '/env', SILK_STORE: ':memory:', SILK_CONTEXT: 'cls-hooked', SILK_SESSION: ' after ' }
    const environment = { ...variables, SILK_ENABLED: '0' }
    const on = resolve(options, { ...environment, SILK_ENABLED: '1' })
    expect({
      path: on.path,
      store: on.store.file,
      context: on.context,
      session: on.session,
      enabled: on.enabled,
    }).toEqual({
      path: '/env',
      store: ':memory:',
      context: 'cls-hooked',
      session: 'after',
      enabled: true,
    })
    expect(on.origins).toMatchObject({
      path: 'environment',
      store: 'environment',
      context: 'environment',
      session: 'environment',
      enabled: 'environment',
    })
    expect(resolve(options, environment).enabled).toBe(false)
    expect(resolve({ path: '/code' }, {}).origins).toMatchObject({ path: 'code', store: 'default' })
  })

  test('an empty variable is unset', () => {
    const empty = { SILK_PATH: '', SILK_STORE: '', SILK_CONTEXT: '', SILK_SESSION: '', SILK_ENABLED: '' }
    expect(resolve({}, empty)).toEqual(resolve({}))
    expect(resolve({ path: '/code' }, empty).path).toBe('/code')
  })

  test.each([
    [{ SILK_PATH: 'silk' }, 'SILK_PATH', "Expected environment variable `SILK_PATH` to be a path such as '/silk'"],
    [{ SILK_STORE: 'postgres://x' }, 'SILK_STORE', "to be a file path, or ':memory:', got `'postgres://x'` (string)"],
    [{ SILK_CONTEXT: 'cls' }, 'SILK_CONTEXT', "to be 'async-local-storage' or 'cls-hooked', got `'cls'` (string)"],
    [{ SILK_SESSION: ' ' }, 'SILK_SESSION', 'to be a label of 1 to 80 characters on one line'],
    [
      { SILK_ENABLED: 'maybe' },
      'SILK_ENABLED',
      "to be one of 1, true, on, yes, 0, false, off, no, got `'maybe'` (string)",
    ],
  ])('%j is an error', (environment, option, text) => {
    const error = errorOf({}, environment)
    expect(error.option).toBe(option)
    expect(error.message).toContain(text)
  })
})

describe('on and off', () => {
  test.each(['1', 'true', 'on', 'yes', 'TRUE', 'On', ' yes '])(
    'SILK_ENABLED=%s turns it on, in production too',
    (value) => {
      expect(resolve({ enabled: false }, { SILK_ENABLED: value, NODE_ENV: 'production' }).enabled).toBe(true)
    },
  )

  test.each(['0', 'false', 'off', 'no', 'FALSE', 'Off'])('SILK_ENABLED=%s turns it off', (value) => {
    expect(resolve({ enabled: true }, { SILK_ENABLED: value }).enabled).toBe(false)
  })

  test.each([
    [{}, {}, true],
    [{}, { NODE_ENV: 'development' }, true],
    [{}, { NODE_ENV: 'test' }, true],
    [{}, { NODE_ENV: 'production' }, false],
    [{ enabled: true }, { NODE_ENV: 'production' }, true],
    [{ enabled: false }, {}, false],
  ])('%j with %j: %s', (options, environment, enabled) => {
    expect(resolve(options, environment).enabled).toBe(enabled)
  })

  test.each([
    [{}, { SILK_ENABLED: 'maybe' }, 'environment'],
    [{ enabled: 'yes' }, {}, 'code'],
  ])('a switch that makes no sense is off in production, with one warning: %j %j', (options, environment, origin) => {
    const { enabled, origins, warnings } = resolve(options, { ...environment, NODE_ENV: 'production' })
    expect({ enabled, origin: origins.enabled, warnings: warnings.length }).toEqual({
      enabled: false,
      origin,
      warnings: 1,
    })
    expect(warnings[0]).toMatch(/^silk is off, .* Expected .* got `'(maybe|yes)'`/)
  })

  test('off in production nothing throws, whatever the options and variables say', () => {
    const options = { path: 7, treshold: 1, knex: 'x' }
    const environment = { NODE_ENV: 'production', SILK_PATH: 'x', SILK_CONTEXT: 'y' }
    expect(resolve(options, environment)).toMatchObject({
      enabled: false,
      path: '/silk',
      production: true,
      warnings: [],
    })
    expect(resolve(null, environment).enabled).toBe(false)
  })

  test('off in development a typo in code is still found; variables are not looked at', () => {
    expect(errorOf({ treshold: 1 }, { SILK_ENABLED: '0' }).option).toBe('treshold')
    expect(resolve({}, { SILK_ENABLED: '0', SILK_PATH: 'x' }).enabled).toBe(false)
  })

  test('on in production, mistakes are errors', () => {
    expect(errorOf({ path: 7 }, { SILK_ENABLED: '1', NODE_ENV: 'production' }).option).toBe('path')
  })
})

test('settings are described with their values and where these came from', () => {
  const detect = {
    writeLoop: false,
    slowQuery: { ms: 250 },
    routes: { 'GET /export': { unboundedResult: false } },
    ignore: ['from audit', { kind: 'late-query', statement: /^insert/ }],
  }
  const chosen = { ignore: ['/healthz', /x/, () => true], sample: 0.125, onDemand: { secret: 'f2c9b7d41e8a40d6' } }
  const cpuProfile = { secret: 'f2c9b7d41e8a40d6' }
  const resolved = resolve({ ...chosen, retention: { count: 5 }, detect, cpuProfile }, { SILK_STORE: ':memory:' })
  expect(describeSettings(resolved)).toEqual([
    { name: 'enabled', value: 'on', origin: 'default' },
    { name: 'path', value: '/silk', origin: 'default' },
    { name: 'store', value: ':memory: (a temporary file that goes with the process)', origin: 'environment' },
    { name: 'knex', value: 'every instance in the process', origin: 'default' },
    { name: 'context', value: 'async-local-storage', origin: 'default' },
    { name: 'session', value: 'as set in the dashboard', origin: 'default' },
    { name: 'authorize', value: 'not set', origin: 'default' },
    { name: 'allowFrom', value: 'none', origin: 'default' },
    { name: 'ignore', value: '/healthz, /x/, a function', origin: 'code' },
    { name: 'sample', value: '12.5 % of requests', origin: 'code' },
    { name: 'shouldRecord', value: 'not set', origin: 'default' },
    { name: 'shouldKeep', value: 'not set', origin: 'default' },
    { name: 'onDemand', value: 'by header x-silk-record or cookie silk-record, with a secret', origin: 'code' },
    { name: 'retention.count', value: '5 recordings', origin: 'code' },
    { name: 'retention.ageHours', value: 'any age', origin: 'default' },
    { name: 'retention.bytes', value: 'any size', origin: 'default' },
    { name: 'bodies.maxBytes', value: '65536 bytes of each', origin: 'default' },
    { name: 'redact.names', value: 'the built-in names', origin: 'default' },
    { name: 'redact.replace', value: 'beside the built-in names', origin: 'default' },
    { name: 'redact.value', value: 'not set', origin: 'default' },
    { name: 'headers.id', value: 'on', origin: 'default' },
    { name: 'headers.link', value: 'on', origin: 'default' },
    { name: 'headers.serverTiming', value: 'on', origin: 'default' },
    { name: 'spans', value: 'none', origin: 'default' },
    { name: 'middleware', value: 'no spans', origin: 'default' },
    { name: 'outgoingHttp', value: 'spans', origin: 'default' },
    { name: 'cpuProfile.secret', value: 'a secret', origin: 'code' },
    { name: 'cpuProfile.header', value: 'x-silk-profile', origin: 'default' },
    { name: 'cpuProfile.query', value: 'silk-profile', origin: 'default' },
    { name: 'cpuProfile.shouldProfile', value: 'not set', origin: 'default' },
    { name: 'cpuProfile.slowerThanMs', value: 'not set', origin: 'default' },
    { name: 'cpuProfile.intervalUs', value: '200 µs', origin: 'default' },
    { name: 'cpuProfile.maxMs', value: '10000 ms', origin: 'default' },
    { name: 'cpuProfile.maxBytes', value: '2000000 bytes', origin: 'default' },
    { name: 'cpuProfile.perMinute', value: '10 profiles', origin: 'default' },
    { name: 'cpuProfile.keep', value: '100 profiles', origin: 'default' },
    { name: 'cpuProfile.keepBytes', value: '50000000 bytes', origin: 'default' },
    { name: 'user', value: 'not set', origin: 'default' },
    { name: 'usage.memory', value: 'measured', origin: 'default' },
    { name: 'usage.eventLoop', value: 'measured', origin: 'default' },
    { name: 'usage.cpu', value: 'not measured', origin: 'default' },
    { name: 'onFinding', value: 'a line on the console', origin: 'default' },
    { name: 'detect.nPlusOne.threshold', value: '5 queries', origin: 'default' },
    { name: 'detect.duplicateQuery.threshold', value: '2 queries', origin: 'default' },
    { name: 'detect.writeLoop.threshold', value: 'off', origin: 'code' },
    { name: 'detect.sequentialQueries.ms', value: '20 ms', origin: 'default' },
    { name: 'detect.slowQuery.ms', value: '250 ms', origin: 'code' },
    { name: 'detect.missingIndex.rows', value: '1000 rows', origin: 'default' },
    { name: 'detect.unboundedResult.rows', value: '500 rows', origin: 'default' },
    { name: 'detect.overFetch.bytes', value: '100000 bytes', origin: 'default' },
    { name: 'detect.overFetch.rows', value: '100 rows', origin: 'default' },
    { name: 'detect.repeatedAcrossRequests.recordings', value: '20 recordings', origin: 'default' },
    { name: 'detect.repeatedAcrossRequests.share', value: '0.8 of them', origin: 'default' },
    { name: 'detect.poolWait.ms', value: '40 ms', origin: 'default' },
    { name: 'detect.longTransaction.ms', value: '100 ms', origin: 'default' },
    { name: 'detect.queryBudget.queries', value: 'unlimited', origin: 'default' },
    { name: 'detect.queryBudget.sqlMs', value: 'unlimited', origin: 'default' },
    { name: 'detect.lateQuery.ms', value: '0 ms', origin: 'default' },
    { name: 'detect.routes', value: 'GET /export', origin: 'code' },
    { name: 'detect.ignore', value: 'from audit, late-query: /^insert/', origin: 'code' },
    { name: 'editor', value: 'vscode://file/{file}:{line}:{column}', origin: 'default' },
    { name: 'onError', value: 'process warnings', origin: 'default' },
  ])
})
