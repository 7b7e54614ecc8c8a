import type { PruneBounds } from '../../model/store.js'
import { type Command, EXIT, noWords, readArguments, UsageError } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, bytesText } from '../text.js'

const USAGE = `Usage: express-silk prune [--keep <number>] [--older-than <age>] [--max-size <size>] [--json] [--store <file>]

Deletes recordings until the store is within all bounds, and gives the space back. By number and size the oldest go first,
but those that are slow, failed or have a finding last, up to a fifth of what is kept. Pinned ones stay, and so do the
sums of routes, statements and findings. A running app waits with its writing meanwhile, and loses nothing.

  --keep             so many recordings at most: 1000
  --older-than       those that began so long ago: 12h, 7d
  --max-size         so large a file at most: 500kb, 50mb, 1gb
  --json             what was freed, as JSON
  ${STORE_HELP}

Exit code: 0 done, 1 the store cannot be written, or is too large even when empty, 2 the command was not understood.`

const TEXT = { type: 'string' } as const
const FLAGS = { keep: TEXT, 'older-than': TEXT, 'max-size': TEXT, json: { type: 'boolean' }, store: TEXT } as const

export const pruneCommand: Command = {
  name: 'prune',
  summary: 'deletes the oldest recordings, by number, age or size',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    noWords(positionals)
    const bounds = boundsOf(values)
    return withStore(values.store, output, async ({ writer }) => {
      const pruned = await writer.prune(bounds)
      const { removed, bytesBefore, bytesAfter } = pruned
      output.print(
        values.json
          ? JSON.stringify(pruned)
          : `Deleted ${amount(removed, 'recording')}; freed ${bytesText(Math.max(0, bytesBefore - bytesAfter))}, ` +
              `the store has ${bytesText(bytesAfter)}.`,
      )
      if (bounds.maxBytes === undefined || bytesAfter <= bounds.maxBytes) return EXIT.done
      output.complain(
        `The store is larger than --max-size even so: what is left are sums and pinned recordings, which \`clear\` deletes.`,
      )
      return EXIT.failed
    })
  },
}

const AGE_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const SIZE: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9 }

function boundsOf(given: { keep?: string; 'older-than'?: string; 'max-size'?: string }): PruneBounds {
  const { keep, 'older-than': olderThan, 'max-size': maxSize } = given
  if (keep === undefined && olderThan === undefined && maxSize === undefined) {
    throw new UsageError('Nothing says what to delete; allowed: --keep, --older-than, --max-size.')
  }
  return {
    ...(keep !== undefined && { keep: numberOf('--keep', keep, /^(\d{1,9})$/, {}, 'a whole number, 0 or more') }),
    ...(olderThan !== undefined && {
      before:
        Date.now() - numberOf('--older-than', olderThan, /^(\d{1,5})([mhd])$/, AGE_MS, 'an age such as 30m, 12h or 7d'),
    }),
    ...(maxSize !== undefined && {
      maxBytes: numberOf('--max-size', maxSize, /^(\d{1,6})(kb|mb|gb)$/i, SIZE, 'a size such as 500kb, 50mb or 1gb'),
    }),
  }
}

function numberOf(
  flag: string,
  given: string,
  pattern: RegExp,
  units: Readonly<Record<string, number>>,
  allowed: string,
): number {
  const [, number, unit] = pattern.exec(given) ?? []
  if (number === undefined) throw new UsageError(`${flag} is "${given}"; allowed: ${allowed}.`)
  return Number(number) * (units[unit?.toLowerCase() ?? ''] ?? 1)
}
