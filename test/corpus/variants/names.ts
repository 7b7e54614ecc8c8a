import { type Node, walk } from './source.js'

const GLOBALS = ['undefined', 'Array', 'Date', 'JSON', 'Math', 'Number', 'Object', 'Promise', 'String', 'Map', 'Set']

/**
 * Variables that code takes from around it, in their order.
 *
 * @param known names that it need not be given
 */
export function freeNames(code: Node, known: readonly string[] = []): readonly string[] {
  const own = declaredIn(code)
  return [...new Set(identifiers(code))].filter(
    (name) => !own.includes(name) && !known.includes(name) && !GLOBALS.includes(name),
  )
}

/** Names that code declares for itself, at any depth. */
export function declaredIn(code: Node): readonly string[] {
  const names: string[] = []
  walk(code, ({ type, id, params = [] }) => {
    const isDeclared = type === 'FunctionDeclaration' || type === 'VariableDeclarator'
    const declared = [...(params as readonly Node[]), ...(isDeclared ? [id as Node] : [])]
    names.push(...declared.flatMap(identifiers))
  })
  return names
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
