import { CASES } from './cases/index.js'
import { isAside, isNearMiss, LABEL_KINDS } from './corpus-case.js'
import { type Figures, figuresOf, isDetected, type Verdict } from './judge.js'
import type { EngineName } from './library.js'
import type { CaseRun } from './record.js'
import { SIMPLER_RULES } from './simpler-rules.js'

/** What was measured of one engine, cold or warm. */
export interface Measured {
  readonly engine: EngineName
  readonly state: string
  readonly verdicts: readonly Verdict[]
  readonly broken: readonly CaseRun[]
  /** By the rule's name. */
  readonly rules: ReadonlyMap<string, readonly Verdict[]>
}

/** The figures as tables for people. */
export function printReport(
  measured: readonly Measured[],
  { failures, aside }: { readonly failures: boolean; readonly aside: boolean },
): void {
  const asideCount = CASES.filter(({ name }) => isAside(name)).length
  console.log(`${CASES.length} cases, ${CASES.filter(isNearMiss).length} near-misses, ${asideCount} set aside`)
  for (const one of measured) {
    console.log(`\n${one.engine}, ${one.state}`)
    console.table(rowsOf(one))
    for (const { corpusCase, status, body } of one.broken) {
      console.log(`  broken: ${corpusCase.name} answered ${status} ${body.slice(0, 300)}`)
    }
    const changed = changedSince(coldOf(measured, one), one)
    if (one.state !== 'cold')
      console.log(`  changed by the warm-up: ${changed.length === 0 ? 'nothing' : changed.join(', ')}`)
    if (failures) printFailures(one.verdicts.filter(({ corpusCase }) => aside || !isAside(corpusCase.name)))
  }
  console.log('\nNot detected yet:')
  for (const kind of LABEL_KINDS.filter((label) => !isDetected(label))) {
    const count = CASES.flatMap(({ findings }) => findings).filter((finding) => finding.kind === kind).length
    if (count > 0) console.log(`  ${kind}: ${count} labelled`)
  }
  console.log(
    '\nThe simpler rules, judged on n-plus-one, where what they say about statements of other labels is let pass:',
  )
  for (const { name, basis } of SIMPLER_RULES) console.log(`  ${name}: ${basis}`)
}

function rowsOf({ verdicts, rules }: Measured): Record<string, object> {
  const setAside = (all: readonly Verdict[]): readonly Verdict[] =>
    all.filter(({ corpusCase }) => isAside(corpusCase.name))
  const rows: Record<string, object> = {}
  rows['silk, all'] = rowOf(figuresOf(verdicts))
  rows['silk, set aside'] = rowOf(figuresOf(setAside(verdicts)))
  for (const kind of LABEL_KINDS.filter(isDetected)) {
    rows[`silk, ${kind}`] = rowOf(figuresOf(verdicts, kind))
    rows[`silk, ${kind}, set aside`] = rowOf(figuresOf(setAside(verdicts), kind))
  }
  for (const [name, ruled] of rules) {
    rows[name] = rowOf(figuresOf(ruled))
    rows[`${name}, set aside`] = rowOf(figuresOf(setAside(ruled)))
  }
  return rows
}

function rowOf({ labelled, said, right, precision, recall, lineAccuracy, countAccuracy }: Figures): object {
  const shares = { precision, recall, lines: lineAccuracy, counts: countAccuracy }
  const texts = Object.entries(shares).map(([name, value]) => [name, value === null ? '-' : value.toFixed(3)])
  return { labelled, said, right, ...Object.fromEntries(texts) }
}

function printFailures(verdicts: readonly Verdict[]): void {
  for (const { corpusCase, matches, missed, wrong } of verdicts) {
    const { name } = corpusCase
    for (const { kind, statement } of missed) console.log(`  missed: ${name}: ${kind} ${statement}`)
    for (const { kind, statements, count, place } of wrong) {
      console.log(`  wrong: ${name}: ${kind} ${count} x ${statements} at ${place?.file}:${place?.line}`)
    }
    for (const { said, expected, isLineRight, isCountRight } of matches) {
      if (!isLineRight) console.log(`  line: ${name}: ${said.kind} at ${said.place?.file}:${said.place?.line}`)
      if (!isCountRight) console.log(`  count: ${name}: ${said.kind} ${said.count}, not ${expected.count}`)
    }
  }
}

function coldOf(measured: readonly Measured[], { engine }: Measured): Measured | undefined {
  return measured.find((one) => one.engine === engine && one.state === 'cold')
}

/** Cases of which the warm run says something else: other findings, or at other lines. */
export function changedSince(cold: Measured | undefined, warm: Measured): readonly string[] {
  const before = new Map(cold?.verdicts.map((verdict) => [verdict.corpusCase.name, sayingsOf(verdict)]))
  return warm.verdicts
    .filter((verdict) => before.get(verdict.corpusCase.name) !== sayingsOf(verdict))
    .map(({ corpusCase }) => corpusCase.name)
}

function sayingsOf({ matches, wrong }: Verdict): string {
  const saids = [...matches.map(({ said }) => said), ...wrong]
  return JSON.stringify(saids.map((said) => JSON.stringify(said)).toSorted())
}
