const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/**
 * Words that build a statement and that no dialect allows as a bare column name. They are written in lower case, and a
 * quoted name that is spelled like one keeps its quotes.
 */
export const RESERVED: ReadonlySet<string> = set(`
  all and any array as asc begin between by case collate conflict create cross default delete desc distinct do drop
  else end escape except exists fetch for from full glob group having ilike in inner insert intersect into is join
  left like limit natural not nothing null offset on or order outer over partition regexp replace returning right
  rlike select set similar some table then top true false union update using values when where window with within
`)

/** Words that may also be names; lower case where they stand bare, for they are mostly keywords or functions. */
export const SOFT: ReadonlySet<string> = set(`
  abs add after alter analyze against as avg before call cascade cast ceil check coalesce column comment commit concat
  constraint count current_date current_time current_timestamp database date deferred desc div duplicate execute
  exclusive explain extract filter first floor force foreign greatest if ifnull ignore immediate index interval
  isolation json_extract key language last lateral least length level lock locked lower match materialized max merge
  min mod next no now nowait nullif nulls of only outfile over pragma primary read recursive references release rename
  replace restrict rollback round row rowcount rows savepoint schema sequence serializable share show skip start
  substr substring sum temporary text time timestamp to transaction trigger trim truncate unique unnest upper vacuum
  view work write zone
`)

/** `(` after one of these stands apart; after any other word it is kept as written: `lower(x)`, `t (a, b)`. */
export const SPACED_BEFORE_PAREN: ReadonlySet<string> = set(`
  all and as between by case conflict distinct else except exists from having ilike in intersect into is join like
  limit not offset on or over returning select set similar then top union using values when where with within
`)

const PLAIN = /^[a-z_\u0080-\uffff][\w$\u0080-\uffff]*$/i

/** How a quoted name stands in a fingerprint: bare where it is a plain word, else in double quotes in every dialect. */
export function nameText(name: string): string {
  if (PLAIN.test(name)) {
    const lower = name.toLowerCase()
    if (!RESERVED.has(lower) && (name === lower || !SOFT.has(lower))) return name
  }
  return `"${name.replaceAll('"', '""')}"`
}

export function isPlainName(name: string): boolean {
  return PLAIN.test(name)
}
