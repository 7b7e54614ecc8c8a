import { createInterface } from 'node:readline/promises'
import { type Command, EXIT, noWords, readArguments, UsageError } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, bytesText } from '../text.js'

const USAGE = `Usage: express-silk clear [--yes] [--json] [--store <file>]

Deletes everything recorded: requests, statements, findings with what was said of them, sums. An app that is running
goes on recording.

  --yes              without being asked
  --json             what was freed, as JSON
  ${STORE_HELP}

Exit code: 0 emptied, 1 not emptied, 2 the command was not understood.`

const FLAGS = { yes: { type: 'boolean' }, json: { type: 'boolean' }, store: { type: 'string' } } as const

export const clearCommand: Command = {
  name: 'clear',
  summary: 'deletes everything recorded',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    noWords(positionals)
    return withStore(values.store, output, async ({ reader, writer }, file) => {
      const before = await reader.status()
      if (before.problem !== null) throw new Error(before.problem)
      const what = `${amount(before.recordingCount, 'recording')} in ${file} (${bytesText(before.fileBytes)})`
      if (!values.yes && !(await isSure(what))) {
        output.complain('Nothing was deleted.')
        return EXIT.failed
      }
      await writer.clear()
      const after = await reader.status()
      const freed = { removed: before.recordingCount, bytesBefore: before.fileBytes, bytesAfter: after.fileBytes }
      output.print(
        values.json
          ? JSON.stringify(freed)
          : `Deleted ${what}; freed ${bytesText(Math.max(0, before.fileBytes - after.fileBytes))}.`,
      )
      return EXIT.done
    })
  },
}

async function isSure(what: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`--yes is missing: it deletes ${what}, and there is nobody to ask.`)
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`Delete ${what}? [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
