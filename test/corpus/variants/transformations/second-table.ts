import { statementsOf } from '../../corpus-case.js'
import { ARCHIVED_TABLES } from '../../library-tables.js'
import { type Builder, findBuilders } from '../builders.js'
import { identifiers } from '../names.js'
import { contains, lineAround, type Node, type Source } from '../source.js'
import { isAboutTheWholeRequest, onlyReads, type Transformation } from '../transformation.js'

/**
 * What is read of a table is read of a second one too, right after it. A loop sends two statements for each item then,
 * and is still one finding: with both statements, twice the queries, and the first one's line.
 */
export const secondTable: Transformation = {
  name: 'second-table',
  weight: 4,
  isFor: (candidate) =>
    !isAboutTheWholeRequest(candidate) &&
    // Is the second one asked for on purpose, too?
    !candidate.text.includes('silk-ignore') &&
    onlyReads(candidate) &&
    candidate.corpusCase.findings.every(
      (finding) => finding.kind === 'n-plus-one' && statementsOf(finding).length === 1,
    ) &&
    candidate.corpusCase.findings.length <= 1,
  edits: (source, candidates) =>
    findBuilders(source).flatMap((builder) => {
      const own = candidates.find((one) => contains(one, builder.node))
      const statement = own && statementOf(builder)
      // Of a finding, only the query that it is about: the others are none of its statements.
      if (
        !statement ||
        (own.corpusCase.findings.length > 0 && !isMarked(builder, source)) ||
        builder.methods.some(isWrite)
      )
        return []
      // Nothing is read once the response has been sent.
      if (/^(?:return )?res\./.test(source.text.slice(statement.start, statement.end))) return []
      const text = secondOf(builder, source)
      return text === null ? [] : [{ start: statement.end, end: statement.end, text: `; await ${text}` }]
    }),
  relabel(finding, edits) {
    const table = /'(\w+_archive)'/.exec(edits[0]?.text ?? '')?.[1]
    return { ...finding, statement: [...statementsOf(finding), `from ${table}`], count: finding.count * 2 }
  },
}

/** The statement that is nothing without the query: where it runs, the query runs, and once. */
function statementOf({ node, around }: Builder): Node | null {
  const at = around.findIndex(({ type }) => type === 'ExpressionStatement' || type === 'VariableDeclaration')
  const isAwaited = around[0]?.type === 'AwaitExpression'
  const isStraight = isAwaited && around.slice(0, at).every(({ type }) => STRAIGHT.includes(type))
  const isOne = isStraight && around[at + 1]?.type === 'BlockStatement' && !around.slice(0, at).some(isOfItself)
  return isOne ? (around[at] as Node) : null

  /** `row = await db(…).where('id', row.parent_id)`: the second query would be about another row. */
  function isOfItself({ type, left }: Node): boolean {
    if (type !== 'AssignmentExpression' || (left as Node).type === 'MemberExpression') return false
    return identifiers(left as Node).some((name) => identifiers(node).includes(name))
  }
}

/** From a query outwards to its statement. */
const STRAIGHT = [
  'AwaitExpression',
  'AssignmentExpression',
  'VariableDeclarator',
  'MemberExpression',
  'CallExpression',
  'ParenthesizedExpression',
  'SpreadElement',
  'BinaryExpression',
]

function isMarked({ node }: Builder, { text, markers }: Source): boolean {
  const line = lineAround(text, node.start)
  return markers.some((marker) => contains(line, marker))
}

function isWrite(method: string): boolean {
  return /^(?:insert|update|del|delete|increment|decrement|truncate|forUpdate)$/.test(method)
}

/** The same query of the table's archive, in one line. */
function secondOf({ node, table }: Builder, { text, comments }: Source): string | null {
  if (table === null || !ARCHIVED_TABLES.includes(table.name)) return null
  const inside = comments.filter((comment) => contains(node, comment))
  const parts = inside.reduceRight(
    (rest, { start, end }) => rest.slice(0, start - node.start) + rest.slice(end - node.start),
    text.slice(node.start, node.end),
  )
  return parts
    .replace(`'${table.name}'`, `'${table.name}_archive'`)
    .replaceAll(new RegExp(`\\b${table.name}\\.(?=\\w+')`, 'g'), `${table.name}_archive.`)
    .replaceAll(/\s*\n\s*/g, '')
}
