import type { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'

const PLAIN = 0
const RUNS = 1
/** Ten times what a recording can have: a run of a damaged value would fill the memory. */
const MOST_VALUES = 100_000

/**
 * Writes one column of integers: as they are, or as runs (value, how often) where that is shorter.
 *
 * The queries of an N+1 differ in their times and bindings only, so that most columns become a single run.
 */
export function packColumn(writer: ByteWriter, values: Float64Array): void {
  const count = values.length
  if (runsIn(values) * 2 > count) {
    writer.byte(PLAIN)
    for (let at = 0; at < count; at++) writer.signed(values[at] ?? 0)
    return
  }
  writer.byte(RUNS)
  for (let at = 0; at < count; ) {
    const start = at
    while (at < count && values[at] === values[start]) at++
    writer.signed(values[start] ?? 0)
    writer.unsigned(at - start)
  }
}

function runsIn(values: Float64Array): number {
  let runs = values.length === 0 ? 0 : 1
  for (let at = 1; at < values.length; at++) if (values[at] !== values[at - 1]) runs++
  return runs
}

/**
 * Reads back a column of `count` integers.
 *
 * @throws RangeError when the value is damaged
 */
export function unpackColumn(reader: ByteReader, count: number): number[] {
  if (count > MOST_VALUES) throw new RangeError('A packed column is longer than any recording.')
  const values: number[] = []
  if (reader.byte() === PLAIN) {
    for (let at = 0; at < count; at++) values.push(reader.signed())
    return values
  }
  while (values.length < count) {
    const value = reader.signed()
    const run = reader.unsigned()
    if (run === 0 || run > count - values.length) throw new RangeError('A run does not fit its column.')
    for (let at = 0; at < run; at++) values.push(value)
  }
  return values
}
