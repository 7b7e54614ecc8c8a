import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { CorpusCase, ExpectedFinding } from '../corpus-case.js'
import { type Changed, generate } from './generate.js'
import { TRANSFORMATIONS } from './transformations/index.js'

/** A case written differently, by a transformation. */
export interface Variant extends CorpusCase {
  /** The hand-written case, which also decides whether this one is set aside. */
  readonly parent: CorpusCase
}

/** Generates the variants and loads them: the same ones each time, as long as the hand-written cases are the same. */
export async function loadVariants(): Promise<readonly Variant[]> {
  return await Promise.all(pick(TRANSFORMATIONS.flatMap(generate)).map(load))
}

/**
 * One of each case that has any, as the hash of the names and the weight of the transformations have it: a new case
 * changes nothing for the others.
 */
function pick(changed: readonly Changed[]): readonly Changed[] {
  const firsts = new Map<string, Changed>()
  for (const one of changed.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    if (!firsts.has(one.parent.name)) firsts.set(one.parent.name, one)
  }
  return [...firsts.values()].toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

/** The lowest comes first. */
function rankOf(changed: Changed): number {
  const hash = createHash('sha256').update(nameOf(changed)).digest().readUInt32BE(0)
  return hash / changed.transformation.weight
}

function nameOf({ parent, transformation }: Changed): string {
  return `${parent.name}.${transformation.name}`
}

async function load(changed: Changed): Promise<Variant> {
  const { parent, transformation, file } = changed
  const { cases } = (await import(pathToFileURL(file).href)) as { readonly cases: readonly CorpusCase[] }
  const code = cases.find(({ name }) => name === parent.name)
  if (code === undefined) throw new Error(`${file} has no case ${parent.name}`)
  return {
    ...code,
    ...transformation.settings,
    name: nameOf(changed),
    parent,
    findings: parent.findings.map((finding) => labelOf(finding, changed)),
  }
}

function labelOf(finding: ExpectedFinding, { parent, transformation, edits }: Changed): ExpectedFinding {
  const label = transformation.relabel?.(finding, edits) ?? finding
  return { ...label, at: `${finding.at ?? parent.name}.${transformation.name}` }
}
