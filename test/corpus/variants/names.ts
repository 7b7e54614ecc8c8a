import { type Node, walk } from './source.js'

const GLOBALS = ['undefined', 'Array', 'Date', 'JSON', 'Math', 'Number', 'Object', 'Promise', 'String', 'Map', 'Set']

/**
 * Variables that code takes from around it, in their order.
 *
 * @param known names that it need not be given
 */
export function freeNames(code: Node, known: readonly string[] = []): readonly string[] {
  const own = new Set<string>()
  walk(code, ({ type, id, params = [] }) => {
    const isDeclared = type === 'FunctionDeclaration' || type === 'VariableDeclarator'
    const declared = [...(params as readonly Node[]), ...(isDeclared ? [id as Node] : [])]
    for (const name of declared.flatMap(identifiers)) own.add(name)
  })
  return [...new Set(identifiers(code))].filter(
    (name) => !own.has(name) && !known.includes(name) && !GLOBALS.includes(name),
  )
}

const TYPES = /^TS(?!AsExpression|NonNullExpression|SatisfiesExpression)/

/** Names of variables in code, without those of properties and types. */
export function identifiers(root: Node): readonly string[] {
  const names: string[] = []
  walk(root, (node, [parent]) => {
    if (TYPES.test(node.type)) return false
    if (node.type !== 'Identifier') return
    const isName = (parent?.type === 'MemberExpression' && parent.property === node) || parent?.key === node
    if (!isName || parent?.computed === true) names.push(String(node.name))
  })
  return names
}
