import { RECORDING_KINDS } from '../../src/analysis/analyze.js'
import type { FindingKind, Occurrence } from '../../src/model/finding.js'
import type { CorpusCase, ExpectedFinding, LabelKind } from './corpus-case.js'
import { statementsOf } from './corpus-case.js'
import type { MarkedLine } from './markers.js'

/** A kind that a recording can show is judged. */
export function isDetected(kind: LabelKind): kind is FindingKind {
  return RECORDING_KINDS.includes(kind)
}

/** What silk, or a simpler rule, says about a request. */
export interface Said {
  readonly kind: string
  readonly statements: readonly string[]
  readonly count: number
  readonly place: MarkedLine | null
}

export interface Verdict {
  readonly corpusCase: CorpusCase
  /** Labelled and said. */
  readonly matches: readonly Match[]
  /** Labelled, and not said. */
  readonly missed: readonly ExpectedFinding[]
  /** Said, and not labelled. */
  readonly wrong: readonly Said[]
}

export interface Match {
  readonly expected: ExpectedFinding
  readonly said: Said
  readonly isLineRight: boolean
  readonly isCountRight: boolean
}

export function saidBySilk({ kind, statements, count, callSite }: Occurrence): Said {
  return { kind, statements, count, place: callSite && { file: callSite.file, line: callSite.line } }
}

/**
 * Compares what was said with the label: a finding is right if it is of the kind and about the statements, wherever it
 * is said to be. Each is used once. Where several fit, that at the right line does; then that with the right count.
 *
 * @param kinds labels of other kinds are left out
 */
export function judge(
  corpusCase: CorpusCase,
  saids: readonly Said[],
  markers: ReadonlyMap<string, MarkedLine>,
  kinds: (kind: LabelKind) => boolean = isDetected,
): Verdict {
  const left = new Set(saids)
  const matches: Match[] = []
  const missed: ExpectedFinding[] = []
  for (const expected of corpusCase.findings.filter(({ kind }) => kinds(kind))) {
    const place = markers.get(expected.at ?? corpusCase.name)
    const best = [...left]
      .filter((said) => isAbout(said, expected))
      .map((said) => ({
        expected,
        said,
        isLineRight: place !== undefined && said.place?.file === place.file && said.place.line === place.line,
        isCountRight: said.count === expected.count,
      }))
      .sort((a, b) => score(b) - score(a))[0]
    if (best === undefined) missed.push(expected)
    else {
      left.delete(best.said)
      matches.push(best)
    }
  }
  return { corpusCase, matches, missed, wrong: [...left] }
}

/**
 * Judges a rule that knows statements, but neither loops nor kinds, in its favour. A loop of several statements is found
 * with any of them, and what it says beyond that about a statement of the label, of whatever kind, is not held against
 * it.
 */
export function judgeSimpler(
  corpusCase: CorpusCase,
  saids: readonly Said[],
  markers: ReadonlyMap<string, MarkedLine>,
): Verdict {
  const parts = corpusCase.findings.flatMap(statementsOf)
  const firstOnly = corpusCase.findings.map((finding) => ({ ...finding, ...partSaid(finding, saids) }))
  const verdict = judge({ ...corpusCase, findings: firstOnly }, saids, markers, (kind) => kind === 'n-plus-one')
  const isLabelled = ({ statements }: Said): boolean =>
    parts.some((part) => statements.some((text) => text.includes(part)))
  return { ...verdict, corpusCase, wrong: verdict.wrong.filter((said) => !isLabelled(said)) }
}

/** The first of a label's statements that is said, with its own count: the loop's is that of all of them together. */
function partSaid(finding: ExpectedFinding, saids: readonly Said[]): Partial<ExpectedFinding> {
  const parts = statementsOf(finding)
  if (parts.length === 1) return {}
  for (const statement of parts) {
    const said = saids.find(({ statements }) => statements.some((text) => text.includes(statement)))
    if (said) return { statement, count: said.count }
  }
  return {}
}

function isAbout(said: Said, expected: ExpectedFinding): boolean {
  if (said.kind !== expected.kind) return false
  return statementsOf(expected).every((part) => said.statements.some((statement) => statement.includes(part)))
}

function score({ isLineRight, isCountRight }: Match): number {
  return (isLineRight ? 2 : 0) + (isCountRight ? 1 : 0)
}

export interface Figures {
  readonly cases: number
  readonly labelled: number
  readonly said: number
  readonly right: number
  /** Shares of 1; `null`: of nothing. */
  readonly precision: number | null
  readonly recall: number | null
  readonly lineAccuracy: number | null
  readonly countAccuracy: number | null
}

/** @param kind of findings that count; all if not given */
export function figuresOf(verdicts: readonly Verdict[], kind?: LabelKind): Figures {
  const isCounted = (finding: { readonly kind: string }): boolean => kind === undefined || finding.kind === kind
  const matches = verdicts.flatMap((verdict) => verdict.matches).filter(({ expected }) => isCounted(expected))
  const missed = verdicts.flatMap((verdict) => verdict.missed).filter(isCounted)
  const wrong = verdicts.flatMap((verdict) => verdict.wrong).filter(isCounted)
  const right = matches.length
  return {
    cases: verdicts.length,
    labelled: right + missed.length,
    said: right + wrong.length,
    right,
    precision: share(right, right + wrong.length),
    recall: share(right, right + missed.length),
    lineAccuracy: share(matches.filter(({ isLineRight }) => isLineRight).length, right),
    countAccuracy: share(matches.filter(({ isCountRight }) => isCountRight).length, right),
  }
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
