import { NODES, nameOf, ROWS, type Row } from './rows.js'

/** What became of a row on a Node: `null`, it works. */
export type Results = ReadonlyMap<string, string | null>

export function keyOf(row: Row, node: number): string {
  return `${nameOf(row)} on Node ${node}`
}

function cell(results: Results, row: Row, node: (typeof NODES)[number]): string {
  if (!row.nodes.includes(node)) return '–'
  const problem = results.get(keyOf(row, node))
  if (problem === undefined) return 'not tried'
  return problem === null ? 'works' : 'fails'
}

/** @returns a table in Markdown */
export function tableOf(results: Results, rows: readonly Row[] = ROWS): string {
  const lines = rows.map((row) => [nameOf(row), ...NODES.map((node) => cell(results, row, node))])
  const head = ['app', ...NODES.map((node) => `Node ${node}`)]
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const BEGIN = '<!-- matrix: written by `npm run matrix -- --write` -->'
const END = '<!-- matrix: end -->'

/** The document with another text between its marks. */
export function withTable(document: string, text: string): string {
  const [before, rest] = document.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`The document has no ${BEGIN} … ${END}.`)
  return `${before}${BEGIN}\n\n${text}\n\n${END}${after}`
}
