import { globMatcher } from './glob.js'

/** What is ignored: see the option `ignore`. */
export type IgnoreRule = string | RegExp | ((path: string) => boolean)

/**
 * What the first rule says that says anything but no to a path: true, or whatever a function among them gave. Rules are
 * read once, since each request is asked about.
 *
 * @throws what a function among the rules throws
 */
export function pathMatcher(rules: readonly IgnoreRule[]): (path: string) => unknown {
  const matchers = rules.map(matcherOf)
  return (path) => {
    for (const matches of matchers) {
      const answer: unknown = matches(path)
      if (answer) return answer
    }
    return false
  }
}

function matcherOf(rule: IgnoreRule): (path: string) => boolean {
  if (typeof rule === 'function') return rule
  if (typeof rule === 'string') {
    if (rule.includes('*')) return globMatcher(rule)
    const below = rule.endsWith('/') ? rule : `${rule}/`
    return (path) => path === rule || path.startsWith(below)
  }
  // With these flags a RegExp remembers where it stopped, and would answer differently the next time.
  return tester(new RegExp(rule.source, rule.flags.replace(/[gy]/g, '')))
}

function tester(pattern: RegExp): (path: string) => boolean {
  return (path) => pattern.test(path)
}
