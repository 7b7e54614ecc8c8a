import { type CorpusCase, isAside, isNearMiss, isVariant, LABEL_KINDS } from './corpus-case.js'
import type { FixCheck } from './fixes/check-fix.js'
import { fixFiguresOf, reasonsOf } from './fixes/fix-figures.js'
import { type Figures, figuresOf, isDetected, type Verdict } from './judge.js'
import type { EngineName } from './library.js'
import { inParts } from './parts.js'
import type { CaseRun } from './record.js'
import { SIMPLER_RULES } from './simpler-rules.js'

/** What was measured of one engine, cold or warm. */
export interface Measured {
  readonly engine: EngineName
  readonly state: string
  readonly verdicts: readonly Verdict[]
  readonly broken: readonly CaseRun[]
  /** Code that findings suggest, and what it does; run in the cold state alone. */
  readonly fixes: readonly FixCheck[]
  /** By the rule's name. */
  readonly rules: ReadonlyMap<string, readonly Verdict[]>
}

export interface ReportOptions {
  readonly cases: readonly CorpusCase[]
  /** Names the cases that fail; not those set aside. */
  readonly failures: boolean
  /** With `failures`, those set aside too. */
  readonly aside: boolean
}

/** The figures as tables for people. */
export function printReport(measured: readonly Measured[], options: ReportOptions): void {
  const { cases } = options
  for (const [name, part] of Object.entries({
    'hand-written cases': cases.filter((one) => !isVariant(one)),
    variants: cases.filter(isVariant),
  })) {
    const aside = part.filter((one) => isAside(one.name)).length
    console.log(`${part.length} ${name}, ${part.filter(isNearMiss).length} near-misses, ${aside} set aside`)
  }
  for (const one of measured) {
    console.log(`\n${one.engine}, ${one.state}`)
    console.table(rowsOf(one))
    for (const { corpusCase, status, body } of one.broken) {
      console.log(`  broken: ${corpusCase.name} answered ${status} ${body.slice(0, 300)}`)
    }
    printFixes(one, options.failures && options.aside)
    const changed = changedSince(coldOf(measured, one), one)
    if (one.state !== 'cold') {
      const named = changed.map((name) => (options.aside || !isAside(name) ? name : 'one set aside'))
      console.log(`  changed by the warm-up: ${named.length === 0 ? 'nothing' : named.join(', ')}`)
    }
    if (options.failures) {
      printFailures(one.verdicts.filter(({ corpusCase }) => options.aside || !isAside(corpusCase.name)))
    }
  }
  printUndetected(cases)
  console.log(
    '\nThe simpler rules, judged on n-plus-one, where what they say about statements of other labels is let pass:',
  )
  for (const { name, basis } of SIMPLER_RULES) console.log(`  ${name}: ${basis}`)
}

function printUndetected(cases: readonly CorpusCase[]): void {
  console.log('\nLabelled, and not judged, since no recording alone can show it or no detector is there yet:')
  const findings = cases.flatMap((one) => one.findings)
  for (const kind of LABEL_KINDS.filter((label) => !isDetected(label))) {
    const count = findings.filter((finding) => finding.kind === kind).length
    if (count > 0) console.log(`  ${kind}: ${count}`)
  }
}

function rowsOf({ verdicts, rules, fixes }: Measured): Record<string, object> {
  const rows: Record<string, object> = {}
  const fixesOf = new Map(inParts(fixes))
  for (const [name, part] of inParts(verdicts)) {
    rows[`silk, ${name}`] = { ...rowOf(figuresOf(part)), ...fixCellOf(fixesOf.get(name)) }
  }
  for (const kind of LABEL_KINDS.filter(isDetected)) {
    const figures = figuresOf(verdicts, kind)
    if (figures.labelled + figures.said === 0) continue
    const kindFixes = fixes.filter((fix) => fix.kind === kind)
    rows[`silk, ${kind}`] = { ...rowOf(figures), ...fixCellOf(kindFixes) }
    rows[`silk, ${kind}, set aside`] = {
      ...rowOf(figuresOf(verdicts.filter(isOfAside), kind)),
      ...fixCellOf(kindFixes.filter(isOfAside)),
    }
  }
  for (const [name, ruled] of rules) {
    rows[name] = rowOf(figuresOf(ruled))
    rows[`${name}, set aside`] = rowOf(figuresOf(ruled.filter(isOfAside)))
  }
  return rows
}

function isOfAside({ corpusCase }: { readonly corpusCase: CorpusCase }): boolean {
  return isAside(corpusCase.name)
}

function rowOf({ labelled, said, right, precision, recall, lineAccuracy, countAccuracy }: Figures): object {
  const shares = { precision, recall, lines: lineAccuracy, counts: countAccuracy }
  const texts = Object.entries(shares).map(([name, value]) => [name, value === null ? '-' : value.toFixed(3)])
  return { labelled, said, right, ...Object.fromEntries(texts) }
}

/** Of the fixes that ran, those that gave the same rows: `12 of 12`. */
function fixCellOf(fixes: readonly FixCheck[] = []): { readonly fixes?: string } {
  const { ran, same, suggested } = fixFiguresOf(fixes)
  return suggested === 0 ? {} : { fixes: `${same} of ${ran}` }
}

/** Those that gave other rows by name, where they are not set aside; those that were not run by the reason. */
function printFixes({ fixes }: Measured, withAside: boolean): void {
  const { suggested, ran, same } = fixFiguresOf(fixes)
  if (suggested === 0) return
  console.log(`  suggested code: ${suggested}; of ${ran} that ran, ${same} gave the same rows`)
  for (const { corpusCase, kind, reason } of fixes.filter(({ outcome }) => outcome === 'other')) {
    if (withAside || !isAside(corpusCase.name)) console.log(`    other rows: ${corpusCase.name}: ${kind}: ${reason}`)
  }
  for (const [reason, count] of reasonsOf(fixes)) console.log(`    not run: ${count}: ${reason}`)
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

/** The cold run of the same engine. */
export function coldOf(measured: readonly Measured[], { engine }: Measured): Measured | undefined {
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
