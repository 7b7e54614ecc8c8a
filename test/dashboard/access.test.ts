import { EventEmitter } from 'node:events'
import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import { type AccessRules, createGate } from '../../src/dashboard/access.js'
import { dashboard, host, visit } from './support/dashboard-host.js'

interface Visitor {
  readonly from?: string | undefined
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** A request as the gate sees it: an address of the socket, and headers. */
function visitor({ from = '127.0.0.1', headers = {} }: Visitor): Request {
  const socket = Object.assign(new EventEmitter(), { remoteAddress: from })
  return { socket, headers: { host: 'localhost:3000', ...headers } } as unknown as Request
}

async function mayLook(given: Visitor, rules: Partial<AccessRules> = {}): Promise<boolean> {
  const gate = createGate({ authorize: null, allowFrom: [], production: false, ...rules }, () => {})
  return (await gate(visitor(given))) === null
}

describe('without authorize', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::FFFF:127.0.0.1', true],
    ['10.0.0.7', false],
    ['128.0.0.1', false],
    ['192.168.1.2', false],
    ['::ffff:10.0.0.7', false],
    ['::2', false],
    ['fe80::1%eth0', false],
    ['', false],
  ])('a socket from %s may look: %s', async (from, expected) => {
    expect(await mayLook({ from })).toEqual(expected)
  })

  test('a Unix socket tells no address, so nobody may look through it', async () => {
    const gate = createGate({ authorize: null, allowFrom: [], production: false }, () => {})
    const request = { socket: new EventEmitter(), headers: { host: 'localhost' } } as unknown as Request
    expect((await gate(request))?.reason).toEqual(
      'Only this machine may look, and the request came from an unknown address.',
    )
  })

  test.each([
    ['10.0.0.0/8', '10.200.3.4', true],
    ['10.0.0.0/8', '::ffff:10.200.3.4', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.168.1.7', '192.168.1.7', true],
    ['192.168.1.7', '192.168.1.8', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
  ])('allowFrom %s, socket from %s: %s', async (entry, from, expected) => {
    expect(await mayLook({ from }, { allowFrom: [entry] })).toEqual(expected)
  })

  test('this machine may look whatever allowFrom says', async () => {
    expect(await mayLook({}, { allowFrom: ['10.0.0.0/8'] })).toEqual(true)
  })

  test.each(['10.0.0.0/33', '10.0.0/8', 'localhost', '10.0.0.0/8/8', '10.0.0.0/-1', '', 'fd00::/129'])(
    'allowFrom %j is an error that names it',
    (entry) => {
      const rules = { authorize: null, allowFrom: [entry], production: false }
      expect(() => createGate(rules, () => {})).toThrow(
        `Expected each entry of allowFrom to be an IP address or a CIDR such as 10.0.0.0/8, got "${entry}"`,
      )
    },
  )

  test.each([
    'forwarded',
    'via',
    'x-real-ip',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-forwarded-anything',
  ])('a request with the header %s came through a proxy and is refused', async (name) => {
    expect(await mayLook({ headers: { [name]: '127.0.0.1' } })).toEqual(false)
    expect(await mayLook({ headers: { [name]: '' } })).toEqual(false)
    expect(
      await mayLook({ from: '10.0.0.7', headers: { [name]: '127.0.0.1' } }, { allowFrom: ['10.0.0.0/8'] }),
    ).toEqual(false)
  })

  test.each([
    ['localhost', true],
    ['LOCALHOST:3000', true],
    ['shop.localhost:3000', true],
    ['127.0.0.1:3000', true],
    ['192.168.1.2', true],
    ['[::1]:3000', true],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['notlocalhost', false],
    ['.localhost', false],
    ['127.0.0.1.evil.example', false],
    ['[evil]', false],
    ['localhost:3000:80', false],
    ['', false],
    [undefined, false],
  ])('the Host header %s is answered: %s', async (name, expected) => {
    expect(await mayLook({ headers: { host: name } })).toEqual(expected)
  })

  test('in production nobody may look, not even from this machine', async () => {
    expect(await mayLook({}, { production: true, allowFrom: ['0.0.0.0/0'] })).toEqual(false)
  })
})

describe('with authorize', () => {
  test.each([
    ['true', () => true, true],
    ['a promise of true', async () => true, true],
    ['false', () => false, false],
    ['a promise of false', async () => false, false],
    ['nothing', () => undefined as unknown as boolean, false],
    ['a truthy object', () => ({ name: 'admin' }) as unknown as boolean, false],
  ])('%s decides, whatever the address, headers and environment', async (_, authorize, expected) => {
    const far = { from: '203.0.113.9', headers: { host: 'shop.example', 'x-forwarded-for': '198.51.100.1' } }
    expect(await mayLook(far, { authorize, production: true })).toEqual(expected)
    expect(await mayLook({}, { authorize })).toEqual(expected)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no session')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no session')
      },
    ],
  ])('one that %s lets nobody in, and onError hears of it', async (_, authorize) => {
    const heard: unknown[] = []
    const gate = createGate({ authorize, allowFrom: [], production: false }, (error) => heard.push(error))
    expect((await gate(visitor({})))?.reason).toEqual('The app’s authorize function failed for this request.')
    const message = expect.stringMatching(/^The option `authorize` .*; the request was refused\.$/)
    expect(heard).toEqual([expect.objectContaining({ message, cause: new Error('no session') })])
  })

  test('it is asked with the request of the app', async () => {
    const authorize = (req: Request): boolean => req.headers.cookie === 'admin=1'
    const app = host(dashboard({ access: { authorize } }))
    expect((await visit(app, '/silk/').set('cookie', 'admin=1')).status).toEqual(200)
    expect((await visit(app, '/silk/').set('cookie', 'admin=0')).status).toEqual(403)
  })
})

describe('who is refused', () => {
  const refused = host(dashboard({ access: { production: true } }))

  test.each(['/silk', '/silk/requests', '/silk/requests/1', '/silk/nothing-here', '/silk/assets/silk.css'])(
    'gets 403 at %s, with the option to set',
    async (path) => {
      const { status, text, type } = await visit(refused, path)
      expect({ status, type }).toEqual({ status: 403, type: 'text/html' })
      expect(text).toContain('In production nobody may look without the option authorize.')
      expect(text).toContain('silk({ authorize: (req) =&gt; req.user?.isAdmin === true })')
    },
  )

  test('gets the same as JSON from a JSON address', async () => {
    const { status, body } = await visit(refused, '/silk/requests.json')
    expect({ status, title: body.error.title, message: body.error.message }).toEqual({
      status: 403,
      title: 'Not allowed',
      message: 'In production nobody may look without the option authorize.',
    })
  })

  test('is told of allowFrom with the address to add', async () => {
    const gate = createGate({ authorize: null, allowFrom: [], production: false }, () => {})
    const refusal = await gate(visitor({ from: '10.0.0.7' }))
    expect(refusal?.reason).toEqual('Only this machine may look, and the request came from 10.0.0.7.')
    expect(refusal?.advice[0]).toEqual("Add the address to the option allowFrom: silk({ allowFrom: ['10.0.0.7'] }).")
  })

  test('learns nothing of what is recorded: nothing is read', async () => {
    const touched: string[] = []
    const reader = new Proxy({}, { get: (_, name) => touched.push(String(name)) }) as never
    const app = host(dashboard({ reader, access: { production: true } }))
    await visit(app, '/silk/requests')
    await visit(app, '/silk/overview.json')
    expect(touched).toEqual([])
  })
})
