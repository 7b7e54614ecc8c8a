import type { Explanation, IndexAdvice, Plan, PlanStep } from '../model/explain.js'

/** An explanation for a terminal. */
export function explanationText(statement: string, { plan, advice, notes, dialect }: Explanation): string {
  const parts = [`Statement\n${indented(statement)}`]
  if (plan !== null) parts.push(planText(plan))
  parts.push(...advice.map(adviceText))
  if (dialect !== null && advice.length === 0) parts.push('No index is missing, so far as it can be told.')
  if (notes.length > 0) parts.push(notes.join('\n'))
  return parts.join('\n\n').replaceAll('`', '')
}

function planText({ steps, isMeasured }: Plan): string {
  const lines = steps.map((step) => indented(stepText(step)))
  return [isMeasured ? 'Plan, run for real' : 'Plan, rows estimated', ...lines].join('\n')
}

function stepText({ depth, text, rows, isFullScan }: PlanStep): string {
  const amount = rows === null ? '' : ` (${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'})`
  return `${'  '.repeat(depth)}${text}${amount}${isFullScan ? '  <- full scan' : ''}`
}

function adviceText({ message, createIndex, migration, isVerified, verification }: IndexAdvice): string {
  return [
    `Missing index: ${message}`,
    `${isVerified ? 'Verified' : 'Not verified'}. ${verification}`,
    '',
    indented(`${createIndex};`),
    '',
    'knex migration',
    indented(migration),
  ].join('\n')
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
