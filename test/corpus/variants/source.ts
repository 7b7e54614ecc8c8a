import { parseSync } from 'oxc-parser'

/** A node of the syntax tree; offsets count UTF-16 units of the text. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

/** A file of the corpus, read. */
export interface Source {
  readonly text: string
  readonly program: Node
  readonly comments: readonly Span[]
  readonly markers: readonly Marker[]
  readonly cases: readonly CaseSource[]
}

export interface Span {
  readonly start: number
  readonly end: number
}

/** A comment `// hit: <name>`. */
export interface Marker extends Span {
  readonly name: string
}

/** Where a case is written down. */
export interface CaseSource extends Span {
  readonly name: string
  readonly nameSpan: Span
}

/** What to put in place of a span; an insertion where it is empty. */
export interface Edit extends Span {
  readonly text: string
}

/** @throws where the text is no TypeScript: generated from what compiles, that would be a fault of a transformation */
export function parseSource(text: string): Source {
  const { program, comments, errors } = parseSync('source.ts', text)
  if (errors.length > 0) throw new Error(`${errors[0]?.message} in:\n${text}`)
  const root = program as unknown as Node
  return {
    text,
    program: root,
    comments,
    markers: comments.flatMap(({ value, start, end }) => {
      const name = /^ hit: (\S+)$/.exec(value)?.[1]
      return name === undefined ? [] : [{ name, start, end }]
    }),
    cases: findCases(root),
  }
}

function findCases(program: Node): readonly CaseSource[] {
  const cases: CaseSource[] = []
  walk(program, (node) => {
    if (node.type !== 'ObjectExpression') return
    const properties = node.properties as readonly Node[]
    const propertyOf = (key: string): Node | undefined =>
      properties.find((property) => (property.key as Node | undefined)?.name === key)?.value as Node | undefined
    const name = propertyOf('name')
    if (name?.type !== 'Literal' || propertyOf('findings') === undefined) return
    cases.push({ name: String(name.value), nameSpan: name, start: node.start, end: node.end })
  })
  return cases
}

/**
 * Calls `visit` with each node and those around it, nearest first, in the order of the text.
 *
 * @param visit answers `false` where the nodes inside are not to be seen
 */
export function walk(root: Node, visit: (node: Node, around: readonly Node[]) => unknown): void {
  const step = (node: Node, around: readonly Node[]): void => {
    if (visit(node, around) === false) return
    for (const child of childrenOf(node)) step(child, [node, ...around])
  }
  step(root, [])
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value)
}

export function isFunction({ type }: Node): boolean {
  return type === 'FunctionExpression' || type === 'ArrowFunctionExpression' || type === 'FunctionDeclaration'
}

export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** @throws where two edits overlap */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new Error(`Two edits meet at ${edit.start}: ${text.slice(edit.start, edit.end)}`)
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}

/** The line in which an offset lies, from its first character to before its line break. */
export function lineAround(text: string, offset: number): Span {
  const end = text.indexOf('\n', offset)
  return { start: text.lastIndexOf('\n', offset - 1) + 1, end: end === -1 ? text.length : end }
}
