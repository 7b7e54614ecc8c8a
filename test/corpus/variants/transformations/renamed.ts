import { statementsOf } from '../../corpus-case.js'
import { contains, type Node, type Source, type Span, walk } from '../source.js'
import type { Transformation } from '../transformation.js'
import { findWords, renameWords } from '../words.js'

/** Tables, columns and variables have other names, and the library too. The label's statements are renamed with them. */
export const renamed: Transformation = {
  name: 'renamed',
  weight: 1,
  isFor: () => true,
  changesFixtures: true,
  edits(source) {
    const kept = keptSpans(source)
    return findWords(source.text)
      .filter((word) => !kept.some((span) => contains(span, word)))
      .map(({ start, end }) => ({ start, end, text: renameWords(source.text.slice(start, end)) }))
  },
  relabel: (finding) => ({ ...finding, statement: statementsOf(finding).map(renameWords) }),
  settings: { library: 'renamed' },
}

/** Comments, files and names of cases. */
function keptSpans({ program, comments, cases }: Source): readonly Span[] {
  const kept = [...comments, ...cases.map(({ nameSpan }) => nameSpan)]
  walk(program, ({ type, source }) => {
    if (type === 'ImportDeclaration') kept.push(source as Node)
  })
  return kept
}
