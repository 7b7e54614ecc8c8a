// @ts-check
// What an app may hand to its database client: `{ sql, bindings }`, or what should be that.

const thrower = () => {
  throw new Error('of a trap')
}
const EVERY_TRAP = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect)
    .filter((name) => typeof Reflect[/** @type {keyof typeof Reflect} */ (name)] === 'function')
    .map((name) => [name, thrower]),
)

/** @param {unknown} value */
const bound = (value) => ({ sql: 'select ? as one', bindings: [value] })

function circular() {
  /** @type {Record<string, unknown>} */
  const value = { name: 'me' }
  value.self = value
  value.list = [value, { value }]
  return value
}

/** @param {number} depth */
function nested(depth) {
  let value = {}
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? { value } : [value]
  return value
}

/** Made anew each time. */
export const HOSTILE = {
  circular: () => bound(circular()),
  deep: () => bound(nested(10_000)),
  wide: () => bound(Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`name${at}`, at]))),
  'big integer': () => bound(2n ** 4_000n),
  symbol: () => bound(Symbol('s')),
  function: () => bound(() => 1),
  'invalid date': () => bound(new Date(Number.NaN)),
  getters: () =>
    bound({
      get name() {
        return thrower()
      },
      toJSON: thrower,
      toString: thrower,
      valueOf: thrower,
      [Symbol.toPrimitive]: thrower,
    }),
  proxy: () => bound(new Proxy({}, EVERY_TRAP)),
  'proxy of a function': () => bound(new Proxy(() => {}, EVERY_TRAP)),
  'proxy of an array': () => bound(new Proxy([1, 2, 3], EVERY_TRAP)),
  'no prototype': () => bound(Object.create(null)),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return bound(proxy)
  },
  'a string of 100 MB': () => bound('x'.repeat(100 * 1024 * 1024)),
  'a buffer of 100 MB': () => bound(Buffer.alloc(100 * 1024 * 1024)),
  'a rope of 100 MB': () => {
    let text = 'ab'
    while (text.length < 100 * 1024 * 1024) text += text
    return bound(text)
  },
  'half a character': () => bound('\ud800'),
  'a date that throws': () => bound(Object.assign(new Date(), { toISOString: thrower, getTime: thrower })),
  'a map of itself': () => {
    const map = new Map()
    map.set(map, map)
    return bound(map)
  },
  'a typed array that is detached': () => {
    const array = new Uint8Array(10)
    structuredClone(array.buffer, { transfer: [array.buffer] })
    return bound(array)
  },
  '100,000 bindings': () => ({
    sql: `select ${'?, '.repeat(99_999)}?`,
    bindings: Array.from({ length: 100_000 }, (_, at) => at),
  }),
  'a statement of 10 MB': () => ({ sql: `select '${'x'.repeat(10 * 1024 * 1024)}' as one`, bindings: [] }),
  'a statement of brackets': () => ({ sql: `select ${'('.repeat(100_000)}1${')'.repeat(100_000)}`, bindings: [] }),
  'a statement of quotes': () => ({ sql: `select ${"'".repeat(100_001)}`, bindings: [] }),
  'a statement of comments': () => ({ sql: `select ${'/*'.repeat(100_000)} 1`, bindings: [] }),
  'bindings by proxy': () => ({ sql: 'select ?', bindings: new Proxy([1], EVERY_TRAP) }),
  'bindings of a length that is none': () => ({
    sql: 'select ?',
    bindings: new Proxy([1], { get: (target, name) => (name === 'length' ? 4e9 : Reflect.get(target, name)) }),
  }),
  'bindings by name, with getters': () => ({
    sql: 'select :a',
    bindings: {
      get a() {
        return thrower()
      },
    },
  }),
  'bindings that are a text': () => ({ sql: 'select ?', bindings: 'abc' }),
  'a statement that is a number': () => ({ sql: 7, bindings: [7] }),
  'a statement with a throwing text': () => ({
    get sql() {
      return thrower()
    },
  }),
  'a query by proxy': () => new Proxy({ sql: 'select 1', bindings: [] }, EVERY_TRAP),
  'no statement': () => ({}),
  'an odd timeout': () => ({ sql: 'select 1', bindings: [], timeout: { valueOf: thrower } }),
}
