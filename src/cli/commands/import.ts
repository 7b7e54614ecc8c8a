import { createReadStream, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { createMasker } from '../../capture/mask.js'
import type { Store } from '../../model/store.js'
import { type Command, EXIT, oneWord, readArguments } from '../command.js'
import { EXPORT_FORMAT, EXPORT_VERSION } from '../import/format.js'
import { readRecording } from '../import/read-recording.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, plain } from '../text.js'

const USAGE = `Usage: express-silk import <file> [--redact <name>]… [--json] [--store <file>]

Adds the recordings of a file that \`express-silk export\` wrote. Each is checked and masked anew; one whose id is in the
store is left as it is, so that a file can be imported twice. A line that is no recording ends it: those before it are
kept. A store that is named by --store and is not there is made.

  <file>             jsonl; - is the standard input
  --redact           a further name of headers, parameters and columns to mask
  --json             what was done, as JSON
  ${STORE_HELP}

Exit code: 0 imported, 1 the file or the store cannot be used, 2 the command was not understood.`

const FLAGS = {
  redact: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  store: { type: 'string' },
} as const

/** A recording of 10,000 queries with two bodies is far smaller. */
const LONGEST_LINE = 100_000_000
const BATCH = 50
const PATIENCE_MS = 30_000

export const importCommand: Command = {
  name: 'import',
  summary: 'adds the recordings of an exported file',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    const file = oneWord(positionals, '<file>', /./s, 'a file that `express-silk export` wrote, or -')
    if (file !== '-' && !existsSync(file)) throw new Error(`There is no file "${file}".`)
    const masker = createMasker({ names: values.redact ?? [] })
    return withStore(
      values.store,
      output,
      async (store) => {
        let read = 0
        let isHead = true
        for await (const { text, number } of linesOf(file)) {
          if (text.trim() === '') continue
          if (isHead) checkHead(text)
          else {
            store.writer.push(at(number, () => readRecording(text, masker)))
            read++
          }
          isHead = false
          if (read % BATCH === 0) await written(store)
        }
        if (isHead) throw new Error(`"${file}" is empty.`)
        await written(store)
        const added = (await store.reader.health()).writes.storedCount
        const known = read - added
        output.print(
          values.json
            ? JSON.stringify({ read, added, known })
            : `Added ${amount(added, 'recording')}${known === 0 ? '' : `; ${amount(known, 'was', 'were')} there already`}.`,
        )
        return EXIT.done
      },
      true,
    )
  },
}

function at<R>(line: number, read: () => R): R {
  try {
    return read()
  } catch (error) {
    throw new Error(plain(`Line ${line}: ${error instanceof Error ? error.message : String(error)}.`))
  }
}

function checkHead(text: string): void {
  const head = at(1, () => {
    try {
      return JSON.parse(text) as { readonly format?: unknown; readonly version?: unknown } | null
    } catch {
      throw new Error(`it is no JSON; allowed: a file that \`express-silk export\` wrote`)
    }
  })
  if (head?.format !== EXPORT_FORMAT) {
    throw new Error(`Line 1: format is missing; allowed: {"format":"${EXPORT_FORMAT}","version":${EXPORT_VERSION}}.`)
  }
  if (head.version !== EXPORT_VERSION) {
    const version = plain(String(head.version).slice(0, 40))
    throw new Error(`Line 1: version is ${version}; allowed: ${EXPORT_VERSION}. A newer express-silk may read it.`)
  }
}

/** Lines by their numbers, of which none may be so long that it fills the memory. */
async function* linesOf(file: string): AsyncGenerator<{ readonly text: string; readonly number: number }> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  source.setEncoding('utf8')
  let rest = ''
  let number = 0
  for await (const piece of source as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) yield { text, number: ++number }
    if (rest.length > LONGEST_LINE) {
      throw new Error(`Line ${number + 1} is longer than ${LONGEST_LINE.toLocaleString('en')} characters.`)
    }
  }
  if (rest !== '') yield { text: rest, number: ++number }
}

/** A running app may hold the lock for a while. */
async function written({ reader, writer }: Store): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (;;) {
    await writer.flush()
    const { queuedCount, droppedCount, problem } = await reader.status()
    if (droppedCount > 0) throw new Error(problem ?? `${amount(droppedCount, 'recording')} could not be stored.`)
    if (queuedCount === 0) return
    if (Date.now() > giveUpAt) throw new Error(problem ?? 'The store is locked by another process.')
    await pause(50)
  }
}
