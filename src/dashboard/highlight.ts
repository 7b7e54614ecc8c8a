import type { CodeLanguage, CodePiece, Highlight } from '../model/highlighting.js'
import { escapeHtml, showControls } from './escape.js'

/** Escaped HTML of one statement or piece of code, safe to put into a page as it is. Never rejects. */
export type Highlighter = (code: string, language: CodeLanguage) => Promise<string>

interface Asked {
  readonly piece: CodePiece
  readonly answer: (html: string) => void
}

// Colours are a help for what a person reads; a statement of 100 kB is shown without.
const MAX_LENGTH = 8_000

/**
 * What is asked for in one turn of the event loop is one question, since `highlight` works in another thread. Where it
 * cannot answer, the code stands there without colours.
 */
export function createHighlighter(highlight: Highlight): Highlighter {
  let waiting: Asked[] = []
  async function ask(): Promise<void> {
    const asked = waiting
    waiting = []
    const answers = await answersTo(asked)
    for (const [index, { piece, answer }] of asked.entries()) answer(answers[index] ?? escapeHtml(piece.text))
  }
  const answersTo = async (asked: readonly Asked[]): Promise<readonly string[]> => {
    try {
      return await highlight(asked.map(({ piece }) => piece))
    } catch {
      return []
    }
  }
  return (code, language) => {
    if (code.length > MAX_LENGTH) return Promise.resolve(escapeHtml(code))
    return new Promise((answer) => {
      if (waiting.length === 0) setImmediate(ask)
      waiting.push({ piece: { text: showControls(code), language }, answer })
    })
  }
}

/**
 * Like `highlight`, line by line: a span that runs over a line break (a template literal, a comment) is closed at the
 * end of each line and opened again on the next.
 */
export async function highlightLines(
  highlight: Highlighter,
  code: string,
  language: CodeLanguage,
): Promise<readonly string[]> {
  const open: string[] = []
  return (await highlight(code, language)).split('\n').map((line) => {
    const before = open.join('')
    for (const [tag] of line.matchAll(/<span [^<>]*>|<\/span>/g)) {
      if (tag === '</span>') open.pop()
      else open.push(tag)
    }
    return `${before}${line}${'</span>'.repeat(open.length)}`
  })
}
