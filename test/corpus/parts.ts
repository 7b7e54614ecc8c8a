import { type CorpusCase, isAside, isVariant } from './corpus-case.js'

/** Parts of the corpus that figures are given for, by their names. */
export const PARTS: Readonly<Record<string, (corpusCase: CorpusCase) => boolean>> = {
  all: () => true,
  'hand-written': (corpusCase) => !isVariant(corpusCase),
  variants: isVariant,
}

/** Each part, and what is set aside of it: `all`, `all, set aside`, … Parts without a case are left out. */
export function inParts<T extends { readonly corpusCase: CorpusCase }>(
  all: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  return Object.entries(PARTS)
    .flatMap(([name, isIn]) => {
      const part = all.filter(({ corpusCase }) => isIn(corpusCase))
      const aside = part.filter(({ corpusCase }) => isAside(corpusCase.name))
      return [[name, part] as const, [`${name}, set aside`, aside] as const]
    })
    .filter(([, part]) => part.length > 0)
}
