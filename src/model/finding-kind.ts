/** What can be wrong, in the order of the docs' sections. */
export const FINDING_KINDS = [
  'n-plus-one',
  'duplicate-query',
  'write-loop',
  'sequential-queries',
  'slow-query',
  'missing-index',
  'unbounded-result',
  'over-fetch',
  'repeated-across-requests',
  'pool-wait',
  'long-transaction',
  'query-budget',
  'late-query',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]
