import { contains, type Edit, isFunction, type Node, type Source, walk } from '../source.js'
import { holdsConnection, isAboutTheWholeRequest, type Transformation } from '../transformation.js'

/**
 * Between the queries stand others, each of which is sent once in a request: a page that shows figures of all sorts.
 * What is wrong stays as it was, and nothing is added.
 */
export const noisy: Transformation = {
  name: 'noisy',
  weight: 2,
  isFor: (candidate) => !isAboutTheWholeRequest(candidate) && !holdsConnection(candidate),
  edits(source, candidates) {
    const edits: Edit[] = []
    walk(source.program, (node, around) => {
      const request = requestOf(node)
      if (request === null || !candidates.some((one) => contains(one, node))) return
      const known = [node, ...around].flatMap(({ params = [] }) => (params as readonly Node[]).map(({ name }) => name))
      if (!known.includes('db')) return
      // A function in a function that both know the request: what is inside belongs to the inner one.
      if (around.some((outer) => requestOf(outer) !== null)) return
      for (const { start } of statementsThatWait(node)) {
        edits.push({ start, end: start, text: `await betweenQueries(${request}, db); ` })
      }
    })
    return edits.length === 0 ? [] : [importOf(source), ...edits]
  },
}

function importOf({ program }: Source): Edit {
  return {
    start: program.start,
    end: program.start,
    text: "import { betweenQueries } from '../../../variants/noise.js'\n",
  }
}

/** What an asynchronous function calls the request it is given; `null`: it is given none. */
function requestOf(node: Node): string | null {
  if (!isFunction(node) || node.async !== true) return null
  const names = (node.params as readonly Node[]).map(({ name }) => String(name))
  return names.find((name) => name === 'req' || name === '_req') ?? null
}

/** Statements of a function in which it waits for something, not those of the functions inside. */
function statementsThatWait(root: Node): readonly Node[] {
  const statements = new Set<Node>()
  walk(root, (node, around) => {
    if (isFunction(node) && node !== root) return false
    if (node.type !== 'AwaitExpression') return
    for (const [at, one] of around.entries()) {
      if (around[at + 1]?.type === 'BlockStatement') statements.add(one)
    }
  })
  return [...statements]
}
