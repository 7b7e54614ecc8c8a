import { type Node, type Source, walk } from './source.js'

/** An expression that builds a query, from `db` or `trx` to the last method before it is awaited. */
export interface Builder {
  readonly node: Node
  /** Nodes around it, nearest first. */
  readonly around: readonly Node[]
  /** The methods called on it, in their order. */
  readonly methods: readonly string[]
  /** The literal in `db('books')`. */
  readonly table: { readonly name: string; readonly node: Node } | null
}

const ROOTS = ['db', 'trx']
/** Methods of `db` itself that begin a query. */
const BEGINNINGS = ['raw', 'select', 'from', 'withRecursive']
/** Methods that begin no query, or end it. */
const ENDS = ['then', 'catch', 'finally', 'stream', 'pipe', 'asCallback', 'toSQL', 'toString']

/** The outermost ones: a query inside another one belongs to it. */
export function findBuilders({ program }: Source): readonly Builder[] {
  const builders: Builder[] = []
  const taken = new Set<Node>()
  walk(program, (node, around) => {
    if (taken.has(node)) return false
    const chain = node.type === 'CallExpression' ? chainOf(node) : null
    // The longest part of the chain that is nothing but a query.
    const ends = chain?.findIndex(({ method }) => method !== null && ENDS.includes(method)) ?? -1
    const query = ends === -1 ? chain : chain?.slice(0, ends)
    const last = query?.at(-1)
    if (!query || !last || taken.has(last.call)) return
    taken.add(last.call)
    builders.push({
      node: last.call,
      around: ends === -1 ? around : aroundOf(node, last.call, around),
      methods: query.flatMap(({ method }) => method ?? []),
      table: tableOf(query[0]?.call),
    })
    return last.call !== node
  })
  return builders
}

interface Link {
  readonly call: Node
  /** `null`: `db(…)` itself. */
  readonly method: string | null
}

/** The calls of `db(…).a(…).b(…)`, first one first; `null`: the root is something else. */
function chainOf(outer: Node): readonly Link[] | null {
  const links: Link[] = []
  let node = outer
  while (node.type === 'CallExpression') {
    const callee = node.callee as Node
    if (callee.type === 'Identifier') {
      if (!ROOTS.includes(String(callee.name))) return null
      return [{ call: node, method: null }, ...links]
    }
    if (callee.type !== 'MemberExpression' || callee.computed) return null
    const method = String((callee.property as Node).name)
    const object = callee.object as Node
    links.unshift({ call: node, method })
    if (object.type === 'Identifier') {
      return ROOTS.includes(String(object.name)) && BEGINNINGS.includes(method) ? links : null
    }
    node = object
  }
  return null
}

/** From the inner node of a chain outwards. */
function aroundOf(outer: Node, inner: Node, around: readonly Node[]): readonly Node[] {
  let found = around
  walk(outer, (node, between) => {
    if (node === inner) found = [...between, ...around]
  })
  return found
}

function tableOf(call: Node | undefined): Builder['table'] {
  const [node] = (call?.arguments ?? []) as readonly Node[]
  if ((call?.callee as Node | undefined)?.type !== 'Identifier' || node?.type !== 'Literal') return null
  return { name: String(node.value), node }
}
