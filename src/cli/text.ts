/** Recorded text on one line, with nothing in it that a terminal would obey: such characters are shown by number. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** Like `plain`, line by line. */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plain).join('\n')
}

export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly isNumber?: boolean
}

/**
 * Rows under their titles. The last column is cut where the line would be longer than the terminal is wide.
 *
 * @param width `null`: no terminal, nothing is cut
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number | null): string {
  const cells = rows.map((row) => columns.map(({ value }) => plain(value(row))))
  const widths = columns.map(({ title }, at) =>
    cells.reduce((longest, line) => Math.max(longest, line[at]?.length ?? 0), title.length),
  )
  const lineOf = (line: readonly string[]): string => {
    const padded = line.map((cell, at) => {
      const space = widths[at] ?? 0
      if (columns[at]?.isNumber) return cell.padStart(space)
      return at === columns.length - 1 ? cell : cell.padEnd(space)
    })
    return cut(padded.join('  '), width)
  }
  return [columns.map(({ title }) => title), ...cells].map(lineOf).join('\n')
}

function cut(line: string, width: number | null): string {
  return width === null || line.length <= width ? line.trimEnd() : `${line.slice(0, Math.max(1, width - 1))}…`
}

export function terminalWidth(): number | null {
  return process.stdout.isTTY ? Math.max(40, process.stdout.columns ?? 80) : null
}

export function milliseconds(ms: number | null): string {
  return ms === null ? '-' : ms.toFixed(ms < 100 ? 1 : 0)
}

/** In the time zone of the process, as the pages have it. */
export function timeText(at: number): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

export function bytesText(size: number): string {
  if (size < 1_000) return `${size} bytes`
  if (size < 1_000_000) return `${(size / 1_000).toFixed(1)} kB`
  return `${(size / 1_000_000).toFixed(1)} MB`
}

export function amount(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
