import { contains, type Edit, isFunction, type Node, type Source, walk } from '../source.js'
import type { Transformation } from '../transformation.js'

/** A loop whose turns wait for each other becomes one whose turns do not: the same queries, at the same time. */
export const parallel: Transformation = {
  name: 'parallel',
  weight: 8,
  isFor: ({ corpusCase: { findings } }) =>
    findings.length > 0 && findings.every(({ kind }) => kind === 'n-plus-one' || kind === 'write-loop'),
  edits(source, candidates) {
    const edits: Edit[] = []
    walk(source.program, (node) => {
      if (node.type !== 'ForOfStatement' || node.await || !candidates.some((one) => contains(one, node))) return
      const isAboutIt = source.markers.some((marker) => contains(lineSpan(node, source), marker))
      if (isAboutIt && isWaiting(node) && !isLeftEarly(node) && !growsItsList(node, source))
        edits.push(...inParallel(node, source))
    })
    return edits
  },
}

/** With the comment at the end of its last line. */
function lineSpan({ start, end }: Node, { text }: Source): { readonly start: number; readonly end: number } {
  return { start, end: (text.indexOf('\n', end) + text.length) % text.length || text.length }
}

function isWaiting(loop: Node): boolean {
  return has(loop.body as Node, 'AwaitExpression')
}

function isLeftEarly(loop: Node): boolean {
  return ['BreakStatement', 'ContinueStatement', 'ReturnStatement', 'YieldExpression'].some((type) =>
    has(loop.body as Node, type),
  )
}

/** `for (const one of list) list.push(…)` has turns that come of others: at the same time, there would be fewer. */
function growsItsList(loop: Node, { text }: Source): boolean {
  const { right, body } = loop as unknown as { readonly right: Node; readonly body: Node }
  const list = text.slice(right.start, right.end)
  return ['push', 'add', 'set'].some((method) => text.slice(body.start, body.end).includes(`${list}.${method}(`))
}

/** Not in the functions inside. */
function has(root: Node, type: string): boolean {
  let found = false
  walk(root, (node) => {
    if (isFunction(node)) return false
    found ||= node.type === type
  })
  return found
}

/** `for (const a of b) { … }` as `await Promise.all([...b].map(async (a) => { … }))` */
function inParallel(loop: Node, { text }: Source): readonly Edit[] {
  const { left, right, body } = loop as unknown as { readonly left: Node; readonly right: Node; readonly body: Node }
  const [declared] = left.declarations as readonly [Node]
  const variable = text.slice(declared.start, declared.end)
  const isBlock = body.type === 'BlockStatement'
  return [
    { start: loop.start, end: right.start, text: 'await Promise.all([...(' },
    { start: right.end, end: body.start, text: `)].map(async (${variable}) => ${isBlock ? '' : '{ '}` },
    { start: body.end, end: body.end, text: isBlock ? '))' : ' }))' },
  ]
}
