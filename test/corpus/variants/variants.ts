import { createHash } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import type { CorpusCase, ExpectedFinding } from '../corpus-case.js'
import { type Changed, generate } from './generate.js'
import { TRANSFORMATIONS } from './transformations/index.js'

/** At least as many variants are made as this. */
const WANTED = 300

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
 * From each transformation in turn, as the hash of their names has it, so that the rare ones are there as the common
 * ones; and at least one of each case that has any.
 */
function pick(changed: readonly Changed[]): readonly Changed[] {
  const ranked = changed.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
  const turns = new Map<Changed, number>()
  for (const transformation of TRANSFORMATIONS) {
    for (const [turn, one] of ranked.filter((one) => one.transformation === transformation).entries()) {
      turns.set(one, turn)
    }
  }
  const inTurn = ranked.toSorted((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0))
  const picked = inTurn.slice(0, WANTED)
  for (const one of ranked) if (!picked.some(({ parent }) => parent === one.parent)) picked.push(one)
  return picked.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
}

function rankOf(changed: Changed): string {
  return createHash('sha256').update(nameOf(changed)).digest('hex')
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
