import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Puts text between `<!-- bench:name -->` and `<!-- /bench:name -->` of a document.
 *
 * @throws when the markers are not there, once each.
 */
export function writeBlock(file: string, name: string, text: string): void {
  const document = readFileSync(file, 'utf8')
  const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const [before, rest, ...more] = document.split(start)
  const [, after, ...others] = rest?.split(end) ?? []
  if (after === undefined || more.length + others.length > 0) {
    throw new Error(`${file} must have the lines ${start} and ${end}, once each`)
  }
  writeFileSync(file, `${before}${start}\n\n${text.trim()}\n\n${end}${after}`)
}
