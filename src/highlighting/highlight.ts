import { createRequire } from 'node:module'
import type { HLJSApi, LanguageFn } from 'highlight.js'
import type { CodePiece } from '../model/highlighting.js'

// What SQLite, PostgreSQL and MySQL add to the standard that the language file knows.
const DIALECT_KEYWORDS = [
  'limit',
  'returning',
  'ilike',
  'conflict',
  'do',
  'nothing',
  'if',
  'replace',
  'pragma',
  'index',
  'begin',
  'transaction',
  'autoincrement',
  'explain',
  'analyze',
  'ignore',
  'duplicate',
  'key',
]

// By `require`: to import CommonJS, Node would read through all of its text for what it exports.
const require = createRequire(import.meta.url)
const highlighter = require('highlight.js/lib/core') as HLJSApi
const jsonLanguage = require('highlight.js/lib/languages/json') as LanguageFn
const sqlLanguage = require('highlight.js/lib/languages/sql') as LanguageFn
const typescriptLanguage = require('highlight.js/lib/languages/typescript') as LanguageFn

// An instance of our own: where this runs in the app's thread, the app may use highlight.js itself.
const own = highlighter.newInstance()
own.registerLanguage('typescript', typescriptLanguage)
own.registerLanguage('json', jsonLanguage)
own.registerLanguage('sql', (api) => {
  const base = sqlLanguage(api)
  const placeholder = { className: 'literal', begin: /\?|\$\d+|@p\d+/ }
  // Else `value` in back-ticks would be coloured as the keyword.
  const quotedIdentifier = { begin: /`[^`]*`/ }
  const keywords = base.keywords as Record<string, string[]>
  return {
    ...base,
    keywords: { ...keywords, keyword: [...(keywords.keyword ?? []), ...DIALECT_KEYWORDS] },
    contains: [placeholder, quotedIdentifier, ...base.contains],
  }
})

const MAX_REMEMBERED = 500
const remembered = new Map<string, string>()

/**
 * Escaped HTML with `hljs-…` spans for each statement or piece of code.
 *
 * The first piece of a language takes 10 to 20 ms, in which highlight.js makes its matchers in one go: this is for a
 * thread in which nobody waits for anything else.
 */
export function highlightAll(pieces: readonly CodePiece[]): readonly string[] {
  return pieces.map(highlightOne)
}

function highlightOne({ text, language }: CodePiece): string {
  const key = `${language}\n${text}`
  const known = remembered.get(key)
  if (known !== undefined) return known
  const html = own.highlight(text, { language, ignoreIllegals: true }).value
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
  remembered.set(key, html)
  return html
}
