import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ReplaySource, replayOf } from '../../src/codegen/index.js'
import { jsString, shellQuote } from '../../src/codegen/quote.js'
import { type Got, runInBash, runInNode, type Sent, sendHttpFile, sourceOf, startEcho, wire } from './support/echo.js'

const folder = mkdtempSync(join(tmpdir(), 'silk-codegen-'))
const trap = join(folder, 'trap')
let echo: Awaited<ReturnType<typeof startEcho>>

beforeAll(async () => {
  echo = await startEcho()
})
afterAll(() => {
  echo.close()
  rmSync(folder, { recursive: true, force: true })
})

const SIGNS = `'"\`$(touch ${trap})\${HOME}!{a,b}\\ \\n;|&<>*?~#%41`
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const JSON_TYPE = ['content-type', 'application/json'] as const

const REQUESTS: Readonly<Record<string, Sent>> = {
  'a plain GET': { target: '/collections?include=products', headers: [['accept', 'application/json']] },
  'a JSON body': { method: 'POST', headers: [JSON_TYPE], body: '{"name": "O\'Neil", "tags": ["a"]}\n' },
  'a form': {
    method: 'PUT',
    headers: [['content-type', 'application/x-www-form-urlencoded']],
    body: 'a%5Bb%5D=1&c=%C3%A9+d',
  },
  'a body without a type': { method: 'POST', body: 'plain' },
  'DELETE with a body': { method: 'DELETE', headers: [JSON_TYPE], body: '[1]' },
  'a method of its own': { method: 'PROPFIND', target: '/files', headers: [['depth', '1']] },
  HEAD: { method: 'HEAD', target: '/collections' },
  'signs of the shell in the address': {
    target: `/a'b/$(touch%20${trap})/\`id\`/\${HOME}!?q='";|&x=$(id)\\&[a]=1&{b,c}`,
  },
  'letters in the address': { target: encodeURI('/straße/値?q=ü🧵') },
  'dots in the address': { target: '/a/../b/./c/%2e%2e/d' },
  'signs of the shell in a header': {
    headers: [
      ['x-odd', SIGNS],
      ['x-first', '=a'],
      ['x-at', '@/etc/hostname'],
    ],
  },
  'letters in headers': { headers: [['x-utf8', utf8('ü 値 🧵')]] },
  'an empty header': {
    headers: [
      ['x-empty', ''],
      ['accept', ''],
    ],
  },
  'a header twice': {
    headers: [
      ['x-many', '1'],
      ['x-many', '2'],
      ['x-many', '1'],
    ],
  },
  cookies: { headers: [['cookie', 'theme=dark; lang=de']] },
  'signs of the shell in the body': { method: 'POST', headers: [JSON_TYPE], body: `${SIGNS}\n${SIGNS}` },
  'a body that begins as a file’s name': { method: 'POST', headers: [JSON_TYPE], body: '@/etc/hostname' },
  'unseen characters in the body': {
    method: 'POST',
    headers: [JSON_TYPE],
    body: 'a\u0001b\u202ec\u2028\u001b[2Jd\r\ne\ufefff\u200d\tg',
  },
  'letters in the body': { method: 'POST', headers: [JSON_TYPE], body: 'größer 値 🧵' },
}

/** What a client may not change: not what it adds of its own. */
function expectSame(sent: Got, original: Got): void {
  const ofClients = ['host', 'connection', 'content-length', 'accept-encoding']
  const names = Object.keys(original.headers).filter((name) => !ofClients.includes(name))
  const headers = ({ headers }: Got): object =>
    Object.fromEntries(names.map((name) => [name, [headers[name]].flat().join(', ')]))
  expect(sent.method).toBe(original.method)
  expect(decodedUrl(sent.url)).toBe(decodedUrl(original.url))
  expect(headers(sent)).toEqual(headers(original))
  expect(sent.body.toString('utf8')).toBe(original.body.toString('utf8'))
}

/** Bytes that came as they are and as `%…` mean the same. */
function decodedUrl(url: string): string {
  return Buffer.from(
    url.replace(/%([\dA-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
    'latin1',
  ).toString('utf8')
}

async function record(sent: Sent): Promise<{ readonly original: Got; readonly source: ReplaySource }> {
  const original = await echo.send(wire(echo.origin.split(':').at(-1) ?? '', sent))
  return { original, source: sourceOf(original) }
}

function only(got: readonly Got[]): Got {
  expect(got.length).toBe(1)
  return got[0] as Got
}

const hasHttpie = ((): boolean => {
  try {
    return execFileSync('http', ['--version'], { stdio: 'pipe' }).toString().startsWith('3.')
  } catch {
    return false
  }
})()

describe.each(Object.entries(REQUESTS))('%s', (name, sent) => {
  test('is sent again by curl', async () => {
    const { original, source } = await record(sent)
    await runInBash(replayOf(source, '')?.code.curl ?? 'false')

    expectSame(only(echo.take()), original)
    expect(existsSync(trap)).toBe(false)
  })

  test.skipIf(!hasHttpie)('is sent again by HTTPie', async () => {
    const { original, source } = await record(sent)
    await runInBash(replayOf(source, '')?.code.httpie ?? 'false')

    expectSame(only(echo.take()), original)
    expect(existsSync(trap)).toBe(false)
  })

  test('is sent again by fetch, or the code says what fetch changes', async () => {
    const { original, source } = await record(sent)
    const code = replayOf(source, '')?.code.fetch ?? 'throw 1'
    await runInNode(code)

    const url = code.includes('fetch resolves the dots') ? new URL(original.url, echo.origin).pathname : original.url
    expectSame(only(echo.take()), { ...original, url })
    expect(url !== original.url).toBe(name.startsWith('dots'))
  })

  test('is sent again from a .http file, or the file says what it leaves out', async () => {
    const { original, source } = await record(sent)
    const file = replayOf(source, '')?.code.http ?? ''
    const again = await sendHttpFile(file, echo.send)

    const body = file.includes('The body is left out') ? again.body : original.body
    expectSame(again, { ...original, body })
  })
})

describe('what was masked', () => {
  const masked: Sent = {
    method: 'POST',
    target: '/login?access_token=[redacted]&next=%2Fa%3Fkey%3D%5Bredacted%5D',
    headers: [
      ['authorization', 'Bearer [redacted]'],
      ['cookie', 'sid=[redacted]; theme=dark; path=[redacted]'],
      ['x-api-key', '[redacted]'],
      JSON_TYPE,
    ],
    body: '{"user":"ada","password":"[redacted]","cards":[{"pin":"[redacted]"}],"newPassword":"[redacted]"}',
  }
  const NAMES = {
    QUERY_ACCESS_TOKEN: 'q1',
    QUERY_NEXT: 'q2',
    AUTHORIZATION: 'a b"c$(id)\'',
    COOKIE_SID: 's',
    COOKIE_PATH: 'p',
    X_API_KEY: 'k`',
    BODY_PASSWORD: 'pw',
    BODY_PIN: '1234',
    BODY_NEW_PASSWORD: 'np',
  }

  test('stands there by name, in the order in which it was sent, and never as its mask', async () => {
    const { source } = await record(masked)
    const replay = replayOf(source, '')

    expect(replay?.placeholders).toEqual(Object.keys(NAMES))
    for (const code of Object.values(replay?.code ?? {})) {
      expect(code).not.toMatch(/\[redacted\]|%5Bredacted%5D/i)
      for (const name of Object.keys(NAMES)) expect(code).toContain(name)
    }
  })

  test('is taken from the environment, whatever is in it', async () => {
    const { source } = await record(masked)
    const code = replayOf(source, '')?.code
    await runInBash(code?.curl ?? '', NAMES)
    const byCurl = only(echo.take())
    await runInNode(code?.fetch ?? '', NAMES)
    const byFetch = only(echo.take())

    for (const sent of [byCurl, byFetch]) {
      expect(sent.url).toBe('/login?access_token=q1&next=%2Fa%3Fkey%3Dq2')
      expect(sent.headers).toMatchObject({
        authorization: `Bearer ${NAMES.AUTHORIZATION}`,
        cookie: 'sid=s; theme=dark; path=p',
        'x-api-key': NAMES.X_API_KEY,
      })
      expect(JSON.parse(sent.body.toString())).toEqual({
        user: 'ada',
        password: 'pw',
        cards: [{ pin: '1234' }],
        newPassword: 'np',
      })
    }
  })

  test('is asked for by a shell that has it not', async () => {
    const { source } = await record(masked)

    await expect(runInBash(replayOf(source, '')?.code.curl ?? '')).rejects.toThrow('QUERY_ACCESS_TOKEN')
    expect(echo.take()).toEqual([])
  })

  test('gets no name under which a machine keeps something else', async () => {
    const { source } = await record({
      headers: [
        ['path', '[redacted]'],
        ['node-options', '[redacted]'],
      ],
    })

    expect(replayOf(source, '')?.placeholders).toEqual(['SENT_PATH', 'SENT_NODE_OPTIONS'])
  })
})

describe('what is not kept whole', () => {
  const withBody = async (body: object): Promise<string[]> => {
    const { source } = await record({ method: 'POST', headers: [JSON_TYPE] })
    const replay = replayOf({ ...source, request: { ...source.request, body: body as never } }, '')
    return [...(replay?.notes ?? []), ...Object.values(replay?.code ?? {})]
  }

  test.each([
    [
      { format: 'json', text: '{"a":', truncated: true, bytes: 70_000 },
      'only the beginning of what was sent of 70000 bytes',
    ],
    [{ format: 'binary', text: null, truncated: false, bytes: 12 }, 'The body of 12 bytes is not text, and not kept'],
    [
      { format: 'multipart', text: '{"fields":{}}', truncated: false, bytes: 99 },
      'multipart, of which only the fields',
    ],
  ])('is said in a comment: %o', async (body, sentence) => {
    for (const text of await withBody(body)) expect(text).toContain(sentence)
  })

  test('a body that bodies were not recorded of is missed', async () => {
    const { source } = await record({ method: 'POST', headers: [JSON_TYPE], body: '{}' })
    const { body: _, ...request } = source.request

    expect(replayOf({ ...source, request }, '')?.notes).toEqual([
      'The body of the request is not kept: put in your own.',
    ])
  })

  test('a comment ends where its line does, whatever was sent', async () => {
    const { source } = await record({ method: 'POST' })
    const request = { ...source.request, headers: { ...source.request.headers, 'x-a': '{{x}}\u2028rm' } }

    for (const line of (replayOf({ ...source, request }, '')?.code.http ?? '').split(/[\n\u2028]/)) {
      expect(line).toMatch(/^(#.*|POST .*|[\w-]+: .*|)$/)
    }
  })
})

describe('a .http file', () => {
  test.each([
    '< /etc/passwd',
    '<@ /etc/passwd',
    'a\n### next\nb',
    '{{$processEnv HOME}}',
    '> {% client.x %}',
    '>> out.txt',
  ])('leaves out a body that an editor would obey: %s', async (body) => {
    const { source } = await record({ method: 'POST', headers: [JSON_TYPE], body })
    const file = replayOf(source, '')?.code.http ?? ''

    expect(file).toContain('The body is left out')
    expect(file).not.toContain(body)
  })

  test('keeps one of angle brackets', async () => {
    const { source } = await record({
      method: 'POST',
      headers: [['content-type', 'text/xml']],
      body: '<a b="c">\n<d/>',
    })

    expect(replayOf(source, '')?.code.http).toContain('\n\n<a b="c">\n<d/>\n')
  })
})

test('what has no address is not replayed', async () => {
  const { source } = await record({ method: 'OPTIONS', target: '*' })

  expect(replayOf(source, 'http://localhost')).toBe(null)
})

test('the address is that of the request, else that of the app; a host that is none is not believed', async () => {
  const { source } = await record({})
  const curl = (headers: Record<string, string>): string =>
    replayOf({ ...source, request: { ...source.request, headers } }, 'http://app.test:81')?.code.curl ?? ''

  expect(curl({ host: 'api.test:8080', 'x-forwarded-proto': 'https' })).toContain("'https://api.test:8080/'")
  expect(curl({})).toContain("'http://app.test:81/'")
  expect(curl({ host: "x';rm" })).toContain("'http://app.test:81/'")
})

const texts = fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 20, maxLength: 20 })
const whole = (text: string): string => text.replace(/\0|\p{Cs}/gu, '')

test('any text is one word of a shell', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const words = given.map(whole)
      const out = await runInBash(`printf '%s\\0' ${words.map((word) => shellQuote(word)).join(' ')}`)
      expect(out.split('\0').slice(0, -1)).toEqual(words)
    }),
    { numRuns: 30 },
  )
})

test('any text is one literal of JavaScript', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/security/noGlobalEval: what it makes of the literal is what is asked
      expect(globalThis.eval(jsString(text))).toBe(text)
    }),
  )
})
