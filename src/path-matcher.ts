import { globMatcher } from './glob.js'

/** What is ignored: see the option `ignore`. */
export type IgnoreRule = string | RegExp | ((path: string) => boolean)

/**
 * Whether a path is ignored. Rules are read once, since each request is asked about.
 *
 * @throws what a function among the rules throws
 */
export function pathMatcher(rules: readonly IgnoreRule[]): (path: string) => boolean {
  const matchers = rules.map(matcherOf)
  return (path) => matchers.some((matches) => matches(path))
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
