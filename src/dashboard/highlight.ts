import { createRequire } from 'node:module'
import type { HLJSApi, LanguageFn } from 'highlight.js'
import { escapeHtml, showControls } from './escape.js'

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

// An instance of our own: the app may use highlight.js itself and register other things under the same names.
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

type Language = 'sql' | 'typescript' | 'json'

// Colours are a help for what a person reads; a statement of 100 kB is shown without.
const MAX_LENGTH = 8_000
const MAX_REMEMBERED = 500
const remembered = new Map<string, string>()

/** Escaped HTML with `hljs-…` spans for one statement or piece of code. Safe to put into a page as it is. */
export function highlight(code: string, language: Language): string {
  if (code.length > MAX_LENGTH) return escapeHtml(code)
  const key = `${language}\n${code}`
  const known = remembered.get(key)
  if (known !== undefined) return known
  const html = own.highlight(showControls(code), { language, ignoreIllegals: true }).value
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as string)
  remembered.set(key, html)
  return html
}

/**
 * Like `highlight`, line by line: a span that runs over a line break (a template literal, a comment) is closed at the
 * end of each line and opened again on the next.
 */
export function highlightLines(code: string, language: Language): readonly string[] {
  const open: string[] = []
  return highlight(code, language)
    .split('\n')
    .map((line) => {
      const before = open.join('')
      for (const [tag] of line.matchAll(/<span [^>]*>|<\/span>/g)) {
        if (tag === '</span>') open.pop()
        else open.push(tag)
      }
      return `${before}${line}${'</span>'.repeat(open.length)}`
    })
}
