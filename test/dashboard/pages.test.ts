import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { NO_EVIDENCE } from '../../src/model/evidence.js'
import type { Occurrence } from '../../src/model/finding.js'
import {
  callSite,
  fingerprintOf,
  naiveRecording,
  nPlusOne,
  PARENT_SQL,
  query,
  REPEATED_SQL,
  recording,
} from './support/build-recordings.js'
import { dashboard, type GivenDashboard, host, visit } from './support/dashboard-host.js'
import { memoryStore } from './support/memory-reader.js'

const naive = naiveRecording()
const failed = {
  recording: recording({
    request: { method: 'POST', url: '/collections/', route: '/collections/' },
    response: { status: 500 },
    queries: [
      query({
        statement: 'insert into `users` (`name`, `password`) values (?, ?)',
        operation: 'insert',
        bindings: ['Ann', '[redacted]'],
        error: 'UNIQUE constraint failed: users.name',
      }),
    ],
  }),
  occurrences: [],
}
const unmatched = {
  recording: recording({ request: { url: '/nowhere', route: null }, response: { status: 404 } }),
  occurrences: [],
}
const background = {
  recording: recording({
    kind: 'background',
    request: null,
    response: null,
    queries: [query({ statement: 'select 1' })],
  }),
  occurrences: [],
}
const store = memoryStore(naive, failed, unmatched, background)
const app = host(dashboard({ store }))

async function page(path: string, given?: GivenDashboard): Promise<{ status: number; text: string }> {
  const { status, text } = await visit(given ? host(dashboard(given)) : app, `/silk${path}`)
  return { status, text }
}

/** What a person reads, without the markup. */
function words(html: string): string {
  return html
    .replace(/<[^>]+>/g, '')
    .replaceAll(/&#39;|&#x27;/g, "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll('&nbsp;', ' ')
    .replace(/\s+/g, ' ')
}

describe('every page', () => {
  const paths = [
    '/',
    '/requests',
    `/requests/${naive.recording.id}`,
    `/requests/${naive.recording.id}?queries=all`,
    '/statements',
    `/statements/${fingerprintOf(REPEATED_SQL)}`,
    '/findings',
    '/findings/f1nd1ng0000000000000000000000001',
    '/settings',
    '/settings/clear',
  ]

  test.each(paths)('%s has one h1, landmarks, a skip link, and captions on its tables', async (path) => {
    const { status, text } = await page(path)
    expect({
      status,
      language: text.includes('<html lang="en">'),
      headings: text.match(/<h1[\s>]/g)?.length,
      main: text.match(/<main id="main">/g)?.length,
      skip: text.includes('<a class="skip" href="#main">'),
      tablesWithoutCaption: text.match(/<table[^>]*>(?!<caption)/g),
      headsWithoutScope: text.match(/<th(?![^>]*scope=)[\s>]/g),
    }).toEqual({
      status: 200,
      language: true,
      headings: 1,
      main: 1,
      skip: true,
      tablesWithoutCaption: null,
      headsWithoutScope: null,
    })
  })

  test.each(paths)('%s names its JSON twin, which answers', async (path) => {
    const { text } = await page(path)
    const twin = /<a href="([^"]+)">This page as JSON<\/a>/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const { status, type } = await visit(app, twin)
    expect({ status, type }).toEqual({ status: 200, type: 'application/json' })
  })

  test.each(paths)('%s answers HEAD without a body', async (path) => {
    const { status, text } = await request(app).head(`/silk${path}`).set('host', 'localhost')
    expect([status, text ?? '']).toEqual([200, ''])
  })
})

describe('the overview', () => {
  test('shows each finding with its route, sentence, place and source line, linked to the newest request', async () => {
    const { text } = await page('/')
    const row = /<li data-nav>[\s\S]*?<\/li>/.exec(text)?.[0] ?? ''
    expect(words(row)).toContain(
      'GET /collections/ 50 of 51 queries are the same statement, one per row of collections',
    )
    expect(words(row)).toContain("collections.ts:79const products = await db<Product>('products')")
    expect(row).toContain(`href="/silk/requests/${naive.recording.id}#finding-f1nd1ng0000000000000000000000001"`)
  })

  test('tells the window as JSON, with findings and routes', async () => {
    const { body } = await visit(app, '/silk/overview.json?window=1h')
    expect([body.window.name, body.requestCount, body.errorCount, body.findings[0].kind]).toEqual([
      '1h',
      3,
      1,
      'n-plus-one',
    ])
    expect(body.findings[0].callSite).toEqual(callSite())
    expect(body.routes.map((route: { method: string; route: string }) => [route.method, route.route])).toContainEqual([
      'GET',
      '/collections/',
    ])
    expect(body.timeline[0].startedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
  })

  test('is also at .json behind the mount path', async () => {
    expect((await visit(app, '/silk/.json')).body.requestCount).toEqual(3)
  })

  test('sorts its routes by the address, and its heads link to the next order', async () => {
    const { body } = await visit(app, '/silk/overview.json?sort=-queries')
    const { text } = await page('/?sort=-queries')
    expect(body.routes.map((route: { queryMedian: number }) => route.queryMedian)).toEqual([51, 1, 0])
    expect(text).toContain('aria-sort="descending"><a href="/silk/?sort=queries">')
  })

  test('an N+1 is never weaker than the tint; one that loses a quarter of all time is solid', async () => {
    const long = { recording: recording({ durationMs: 60_000 }), occurrences: [] }
    const rare = await page('/', { store: memoryStore(naive, long) })
    expect(/class="badge (\w+)"/.exec(rare.text)?.[1]).toEqual('mid')
    expect(/class="badge (\w+)"/.exec((await page('/')).text)?.[1]).toEqual('hi')
  })

  test('before the first request says what to do', async () => {
    const { text } = await page('/', { store: memoryStore() })
    expect(words(text)).toContain('No request recorded yet')
    expect(text).toContain('curl -i http://localhost:3000/')
  })

  test('a window without requests leads to everything recorded', async () => {
    const old = naiveRecording({ startedAt: Date.now() - 7_200_000 })
    const { text } = await page('/?window=1h', { store: memoryStore(old) })
    expect(words(text)).toContain('No request in this window')
    expect(text).toContain('<a href="/silk/?window=all">')
  })
})

describe('the list of requests', () => {
  test('has summaries in the contract’s words', async () => {
    const { body } = await visit(app, '/silk/requests.json?route=/collections/&method=GET')
    expect(body).toEqual({
      items: [
        {
          id: naive.recording.id,
          kind: 'request',
          name: null,
          session: null,
          ...{ tags: [], pinned: false, user: null },
          startedAt: new Date(naive.recording.startedAt).toISOString(),
          durationMs: naive.recording.durationMs,
          overheadMs: 0.4,
          request: {
            method: 'GET',
            url: '/collections/?include=products&load=naive',
            path: '/collections/',
            route: '/collections/',
          },
          response: { status: 200, contentLength: 53_118, aborted: false },
          errorClass: null,
          queryCount: 51,
          sqlMs: naive.recording.sqlMs,
          sqlWallMs: naive.recording.sqlWallMs,
          poolWaitMs: 0,
          findings: [{ key: 'f1nd1ng0000000000000000000000001', kind: 'n-plus-one', count: 50, state: 'open' }],
        },
      ],
      next: null,
      previous: null,
      searchedTo: null,
      total: 1,
    })
  })

  test.each([
    ['method=post', ['/collections/']],
    ['status=5xx', ['/collections/']],
    ['status=404', ['/nowhere']],
    ['q=load%3Dnaive', ['/collections/?include=products&load=naive']],
    ['has=n-plus-one', ['/collections/?include=products&load=naive']],
    ['route=(none)', ['/nowhere']],
    ['kind=background', [undefined]],
    [`statement=${fingerprintOf(PARENT_SQL)}`, ['/collections/?include=products&load=naive']],
    ['finding=unknown', []],
    ['method=&status=&q=nowhere', ['/nowhere']],
  ])('?%s filters', async (search, urls) => {
    const { body } = await visit(app, `/silk/requests.json?${search}`)
    expect(body.items.map((item: { request: { url: string } | null }) => item.request?.url)).toEqual(urls)
  })

  test('leads to the older and the newer page, filters kept', async () => {
    const [first, second] = [naiveRecording(), naiveRecording()]
    const many = host(dashboard({ store: memoryStore(first, second) }))
    const newest = (await visit(many, '/silk/requests.json?limit=1&method=GET')).body
    const oldest = (await visit(many, newest.next)).body
    expect([newest.next, newest.previous]).toEqual([
      `/silk/requests.json?method=GET&limit=1&before=${second.recording.id}`,
      null,
    ])
    expect([oldest.items[0].id, oldest.next, oldest.previous]).toEqual([
      first.recording.id,
      null,
      `/silk/requests.json?method=GET&limit=1&after=${first.recording.id}`,
    ])
    expect((await visit(many, oldest.previous)).body.items[0].id).toEqual(second.recording.id)
  })

  test('shows active filters as links that remove them, and what to do when nothing matches', async () => {
    const { text } = await page('/requests?method=GET&status=5xx')
    expect(words(text)).toContain('No request matches')
    expect(text).toContain('<a class="chip" href="/silk/requests?status=5xx"')
    expect(text).toContain('<a class="chip" href="/silk/requests?method=GET"')
  })

  test('shows what came of a request that its client gave up, and of the background', async () => {
    const aborted = { recording: recording({ response: { status: null, aborted: true } }), occurrences: [] }
    const { text } = await page('/requests', { store: memoryStore(aborted, background) })
    expect(words(text)).toContain('Client aborted')
    expect(words(text)).toContain('background')
  })
})

describe('a request', () => {
  const address = `/requests/${naive.recording.id}`

  test('is told whole as JSON, in the contract’s shape', async () => {
    const { body } = await visit(app, `/silk${address}.json`)
    const { occurrences, queries, ...facts } = body
    expect(Object.keys(facts).sort()).toEqual(
      [
        ...['tags', 'pinned', 'user', 'usage'],
        ...['id', 'kind', 'name', 'session', 'startedAt', 'durationMs', 'overheadMs', 'request', 'response', 'error'],
        ...['queryCount', 'droppedQueryCount', 'sqlMs', 'sqlWallMs', 'poolWaitMs', 'cpuProfile', 'spans', 'spanSums'],
      ].sort(),
    )
    expect([facts.startedAt, facts.queryCount, queries.length]).toEqual([
      new Date(naive.recording.startedAt).toISOString(),
      51,
      51,
    ])
    expect(queries[1]).toEqual({
      index: 1,
      statement: REPEATED_SQL,
      bindings: [1],
      fingerprint: fingerprintOf(REPEATED_SQL),
      fingerprintText: REPEATED_SQL,
      operation: 'select',
      connection: 'sqlite3:app.db',
      transactionId: null,
      startMs: 2.7,
      durationMs: 0.45,
      poolWaitMs: null,
      rowCount: 20,
      resultBytes: null,
      error: null,
      spanIndex: null,
      late: false,
      callSite: callSite(),
      joinCount: 0,
    })
    expect(Object.keys(occurrences[0]).sort()).toEqual(
      [
        ...['findingKey', 'kind', 'message', 'statements', 'count', 'queryIndexes', 'callSite', 'parent', 'totalMs'],
        ...['savingMs', 'savingBasis', 'fix'],
      ].sort(),
    )
  })

  test('lights the offending line in its source, with what its repeats cost, beside the fix', async () => {
    const { text } = await page(address)
    const hit = /<span class="l hit[^"]*" data-n="(\d+)">([\s\S]*?)<span class="tag">([^<]*)</.exec(text)
    expect([hit?.[1], words(hit?.[2] ?? '').trim(), hit?.[3]]).toEqual([
      '79',
      "const products = await db<Product>('products').where('collection_id', collection.id).orderBy('id')",
      '×50 = 29.3 ms',
    ])
    expect(words(text)).toContain("const rows = await knex('products').whereIn('collection_id', ids).orderBy('id')")
    expect(words(text)).toContain('2 queries, ~13.7 ms instead of 40.9 ms')
  })

  describe('with a finding that is no loop', () => {
    const unknown = { savingMs: null, savingBasis: 'not known before its plan is', fix: null, parent: null }
    const slow = { kind: 'slow-query' as const, count: 1, queryIndexes: [50], totalMs: 152.44, ...unknown }
    const found = (more: Partial<Occurrence>) => {
      const { recording: told } = naiveRecording()
      const given = { store: memoryStore({ recording: told, occurrences: [nPlusOne(told, { ...slow, ...more })] }) }
      return page(`/requests/${told.id}`, given)
    }
    const tag = (html: string): string | undefined => /<span class="tag">([^<]*)</.exec(html)?.[1]

    test('tells the time of a single query, and no saving that nobody knows', async () => {
      const { text } = await found({})
      expect(tag(text)).toBe('152.4 ms')
      expect(words(text)).toContain('Saving: not known before its plan is')
      expect(words(text)).not.toContain('instead of 40.9 ms')
    })

    test('tells how much of it the line has done, where it is about the whole request', async () => {
      const { text } = await found({ kind: 'query-budget', count: 51, queryIndexes: [1, 2, 3] })
      expect(tag(text)).toBe('×3 of 51')
    })

    test('draws its single query in the colour of findings', async () => {
      const { text } = await found({})
      expect(text.match(/<path class="f-waste" d="M\d+ 2H/g)?.length).toBe(1)
    })
  })

  test('folds the repeats into one band, and groups the queries by statement', async () => {
    const { text } = await page(address)
    expect([text.match(/<summary class="wf-row">/g)?.length, words(text).includes('×50')]).toEqual([1, true])
    expect(words(text)).toContain('51 in 2 statements, grouped')
  })

  test('lists every query in order with its bindings on demand, secrets as boxes', async () => {
    const all = await page(`${address}?queries=all`)
    const secret = await page(`/requests/${failed.recording.id}?queries=all`)
    expect(all.text.match(/<tr><td class="r dim">/g)?.length).toEqual(51)
    expect(secret.text).toContain(
      '&#39;Ann&#39;, <span class="redacted" title="Removed before it was stored">redacted</span>',
    )
    expect(words(secret.text)).toContain('UNIQUE constraint failed: users.name')
  })

  test('names the packages that stand between the lines of the app, folded', async () => {
    const inKnex = { file: 'objection/lib/queryBuilder/QueryBuilder.js', line: 95, function: 'execute' }
    const inScope = { file: '@scope/queue/index.js', line: 7, function: null }
    const callers = [
      { file: 'src/books.ts', line: 3, function: 'find', through: [] },
      { file: 'src/shelf.ts', line: 8, function: null, through: [inKnex, inKnex, inScope] },
    ]
    const queries = [query({ statement: 'select 1', evidence: { ...NO_EVIDENCE, callers } })]
    const called = memoryStore({ recording: recording({ queries }), occurrences: [] })
    const [{ id } = { id: '' }] = (await called.reader.requests({ limit: 1 })).items

    const { text } = await page(`/requests/${id}?queries=all`, { store: called })

    expect(words(text)).toContain('objection, @scope/queue 3 lines')
    expect(words(text)).toContain('objection/lib/queryBuilder/QueryBuilder.js:95 execute')
    expect(words(text)).toMatch(/@scope\/queue\/index\.js:7\s*src\/shelf\.ts:8/)
  })

  test('shows masked headers as boxes', async () => {
    const { text } = await page(address)
    expect(text).toContain('<dt>authorization</dt><dd><span class="redacted"')
    expect(text).toContain('sid=<span class="redacted" title="Removed before it was stored">redacted</span>; HttpOnly')
  })

  test('without a finding says where the time went', async () => {
    expect(words((await page(`/requests/${unmatched.recording.id}`)).text)).toContain(
      'No finding. Slowest part: application, 10.0 ms of 10.0 ms.',
    )
  })

  test('tells of queries that were counted but not kept', async () => {
    const cut = { recording: recording({ droppedQueryCount: 1234 }), occurrences: [] }
    const { text } = await page(`/requests/${cut.recording.id}`, { store: memoryStore(cut) })
    expect(words(text)).toContain('1,234 queries beyond the limit per recording were counted but not kept')
  })

  test('draws of 10,000 repeats the first 50, and leads to the others', async () => {
    const big = naiveRecording({ repeats: 10_000 })
    const given = { store: memoryStore(big) }
    const { text } = await page(`/requests/${big.recording.id}`, given)
    const last = await page(`/requests/${big.recording.id}?queries=all&from=10000`, given)
    expect(text.match(/<code class="sec clip">/g)?.length).toEqual(50)
    expect(words(text)).toContain('The first 50 of 10,000. All 10,000 in order, with bindings')
    expect(text.length).toBeLessThan(100_000)
    expect(words(last.text)).toContain('10,001 – 10,001 of 10,001')
  })

  test('of the background has no method, route or headers', async () => {
    const { status, text } = await page(`/requests/${background.recording.id}`)
    const { body } = await visit(app, `/silk/requests/${background.recording.id}.json`)
    expect([status, text.includes('<h2 id="h-heads">'), body.request, body.response]).toEqual([200, false, null, null])
  })

  test('with several findings opens the costliest and folds the others', async () => {
    const two = {
      recording: naive.recording,
      occurrences: [
        nPlusOne(naive.recording, { findingKey: 'cheap', savingMs: 1, fix: null }),
        nPlusOne(naive.recording, { findingKey: 'costly' }),
      ],
    }
    const { text } = await page(address, { store: memoryStore(two) })
    expect(text).toMatch(/<article class="panel card" id="finding-costly"/)
    expect(text).toMatch(/<details class="panel card more" id="finding-cheap"/)
  })
})

describe('statements', () => {
  test('are listed with what they cost, and filtered by text', async () => {
    const { body } = await visit(app, '/silk/statements.json?sort=calls&q=products')
    expect([body.total, body.next, body.previous, body.items[0].text, body.items[0].calls]).toEqual([
      1,
      null,
      null,
      REPEATED_SQL,
      50,
    ])
  })

  test('one is shown clause by clause, with routes, call sites and recent requests', async () => {
    const id = fingerprintOf(REPEATED_SQL)
    const { text } = await page(`/statements/${id}`)
    const { body } = await visit(app, `/silk/statements/${id}.json`)
    const sql = /<code id="sql">([\s\S]*?)<\/code>/.exec(text)?.[1] ?? ''
    expect(sql.replace(/<[^>]+>/g, '').split('\n')).toEqual([
      'select *',
      'from `products`',
      'where `collection_id` = ?',
      'order by `id` asc',
    ])
    expect([body.calls, body.routes[0].route, body.callSites[0].callSite.line, body.recentRecordings[0].id]).toEqual([
      50,
      '/collections/',
      79,
      naive.recording.id,
    ])
  })
})

describe('findings', () => {
  test('are listed, and one shows its newest occurrence and its requests', async () => {
    const list = (await visit(app, '/silk/findings.json')).body
    const one = (await visit(app, `/silk/findings/${list.items[0].key}.json`)).body
    const { text } = await page(`/findings/${list.items[0].key}`)
    expect([list.total, one.recordingCount, one.latest.count, one.recentRecordings[0].id]).toEqual([
      1,
      1,
      50,
      naive.recording.id,
    ])
    expect(text).toContain(`href="/silk/requests/${naive.recording.id}#finding-${list.items[0].key}"`)
  })
})

describe('what cannot be shown', () => {
  test.each([
    ['/?window=7y', 'The parameter "window" has the value "7y"; allowed: 1h, 24h, all.'],
    ['/?window=1h&window=24h', 'The parameter "window" is given more than once.'],
    ['/requests?limit=0', 'The parameter "limit" has the value "0"; allowed: a whole number from 1 to 200.'],
    ['/requests?limit=201', 'The parameter "limit" has the value "201"; allowed: a whole number from 1 to 200.'],
    ['/requests?kind=other', 'The parameter "kind" has the value "other"; allowed: request, job, background.'],
    ['/requests?before=a&after=b', 'The parameters "before" and "after" cannot both be given.'],
    ['/requests?before=%00', 'allowed: an id or key as silk shows it'],
    ['/statements?sort=none', 'The parameter "sort" has the value "none"; allowed: total, calls, p95, max.'],
    [`/requests/${naive.recording.id}?queries=some`, 'has the value "some"; allowed: grouped, all.'],
  ])('%s is 400 and names the parameter, its value and what is allowed', async (path, message) => {
    const html = await page(path)
    const [before, search = ''] = path.split('?')
    const json = await visit(app, `/silk${before === '/' ? '/overview' : before}.json?${search}`)
    expect([html.status, json.status]).toEqual([400, 400])
    expect(words(html.text)).toContain(message)
    expect(json.body.error.message).toContain(message)
  })

  test.each(['/nope', '/requests/unknown', '/statements/unknown', '/findings/unknown', '/requests/a/b', '/overview'])(
    '%s is a 404 of our own',
    async (path) => {
      const { status, text } = await page(path)
      const json = await visit(app, path === '/overview' ? '/silk/nope.json' : `/silk${path}.json`)
      expect([status, json.status, json.body.error.status]).toEqual([404, 404, 404])
      expect(text).toContain('<h1>Not found</h1>')
    },
  )

  test('a malformed escape in the address is 400', async () => {
    expect((await page('/requests/%E0%A4%A')).status).toEqual(400)
  })

  test('a store that cannot be read is 503, says why, and that the app is unaffected', async () => {
    const heard: unknown[] = []
    const broken = memoryStore()
    broken.reader.overview = () => Promise.reject(new Error('file is not a database'))
    const given = { store: broken, onError: (error: unknown) => heard.push(error) }
    const { status, text } = await page('/', given)
    const json = await visit(host(dashboard(given)), '/silk/overview.json')
    expect([status, json.status, json.body.error.message]).toEqual([503, 503, 'file is not a database'])
    expect(words(text)).toContain('Your app is unaffected')
    expect(heard).toEqual([new Error('file is not a database'), new Error('file is not a database')])
  })

  test('trouble of the store stands as a banner on each page, with what was lost', async () => {
    const troubled = memoryStore(naive)
    troubled.status = { problem: 'The disk is full.', droppedCount: 41 }
    for (const path of ['/', '/requests', '/settings']) {
      expect(words((await page(path, { store: troubled })).text)).toContain(
        'Not recording. The disk is full. 41 requests were served but not recorded. Your app is unaffected.',
      )
    }
  })
})

describe('before a page is read', () => {
  test('what is queued is written', async () => {
    const later = memoryStore()
    const beforeRead = async (): Promise<void> => {
      later.stored.push(naive)
    }
    const { body } = await visit(host(dashboard({ store: later, beforeRead })), '/silk/requests.json')
    expect(body.total).toEqual(1)
  })

  test('a flush that fails, or never ends, keeps no page back', async () => {
    const heard: unknown[] = []
    const failing = {
      store,
      beforeRead: () => Promise.reject(new Error('locked')),
      onError: (e: unknown) => heard.push(e),
    }
    expect((await page('/', failing)).status).toEqual(200)
    expect(heard).toEqual([new Error('locked')])
    expect((await page('/', { store, beforeRead: () => new Promise(() => {}) })).status).toEqual(200)
  })
})
