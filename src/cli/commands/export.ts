import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { harFrame } from '../../dashboard/export.js'
import type { RequestFilter } from '../../model/request-list.js'
import type { RecordingReader } from '../../model/store.js'
import { type Command, EXIT, readArguments, UsageError } from '../command.js'
import { EXPORT_FORMAT, EXPORT_VERSION } from '../import/format.js'
import { neighboursOf, REQUEST_FLAGS, REQUEST_FLAGS_HELP, requestFilterOf } from '../request-flags.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount } from '../text.js'
import { packageVersion } from '../version.js'

const USAGE = `Usage: express-silk export [<file>] [--format jsonl|har] [filters] [--store <file>]

Writes recordings, masked as they are stored: all that match, unless --limit is given. Without <file>, to the standard
output. \`express-silk import\` reads jsonl: a line that names the format, then one recording a line. har is for the
tools of browsers.

${REQUEST_FLAGS_HELP}

  --format           default: jsonl
  ${STORE_HELP}

Exit code: 0 written, 1 it could not be written, 2 the command was not understood.`

const FLAGS = { ...REQUEST_FLAGS, format: { type: 'string' }, store: { type: 'string' } } as const
const PAGE = 200

export const exportCommand: Command = {
  name: 'export',
  summary: 'recordings as a file, to be imported or as HAR',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    const [file, ...rest] = positionals
    if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many; allowed: one <file>.`)
    const format = values.format ?? 'jsonl'
    if (format !== 'jsonl' && format !== 'har') {
      throw new UsageError(`--format is "${format}"; allowed: jsonl, har.`)
    }
    const filter = requestFilterOf(values)
    const most = values.limit === undefined ? Number.POSITIVE_INFINITY : filter.limit
    return withStore(values.store, output, async ({ reader }) => {
      const target = file === undefined ? process.stdout : createWriteStream(file, { flags: 'wx' })
      const failed = new Promise<never>((_, reject) => target.once('error', (error) => reject(saidOf(error, file))))
      failed.catch(() => {})
      const write = async (text: string): Promise<void> => {
        if (!target.write(text)) await Promise.race([once(target, 'drain'), failed])
      }
      const count = await Promise.race([
        format === 'har' ? writeHar(reader, filter, most, write) : writeLines(reader, filter, most, write),
        failed,
      ])
      if (file !== undefined) {
        target.end()
        await Promise.race([once(target, 'finish'), failed])
        output.complain(`wrote ${amount(count, 'recording')} to ${file}.`)
      }
      return EXIT.done
    })
  },
}

type Write = (text: string) => Promise<void>

async function writeLines(reader: RecordingReader, filter: RequestFilter, most: number, write: Write): Promise<number> {
  await write(`${JSON.stringify({ format: EXPORT_FORMAT, version: EXPORT_VERSION, silk: packageVersion() })}\n`)
  let count = 0
  for await (const id of idsOf(reader, filter, most)) {
    const json = await reader.requestJson(id)
    if (json === null) continue
    await write(`${new TextDecoder().decode(json)}\n`)
    count++
  }
  return count
}

async function writeHar(reader: RecordingReader, filter: RequestFilter, most: number, write: Write): Promise<number> {
  const { head, tail } = harFrame(packageVersion())
  await write(head)
  let count = 0
  for await (const id of idsOf(reader, filter, most)) {
    const entry = await reader.requestHar(id, 'http://localhost')
    if (entry === null) continue
    await write(`${count === 0 ? '\n' : ',\n'}${new TextDecoder().decode(entry)}`)
    count++
  }
  await write(`\n${tail}\n`)
  return count
}

/** All that match, page by page; without a kind, what ran outside any request too. */
async function* idsOf(reader: RecordingReader, filter: RequestFilter, most: number): AsyncGenerator<string> {
  const filters = filter.kind === undefined ? [filter, { ...filter, kind: 'background' as const }] : [filter]
  let left = most
  for (const one of filters) {
    let filter = one
    for (;;) {
      const page = await reader.requests({ ...filter, limit: Math.min(PAGE, left) })
      for (const { id } of page.items) yield id
      left -= page.items.length
      const { flag, next } = neighboursOf(one, page)
      if (next === null || left <= 0) break
      const { before: _, after: __, ...all } = one
      filter = { ...all, [flag]: next }
    }
    if (left <= 0) return
  }
}

function saidOf(error: Error & { readonly code?: string }, file: string | undefined): Error {
  if (error.code === 'EEXIST') return new Error(`"${file}" is there already: delete it, or name another file.`)
  return new Error(`"${file ?? 'the standard output'}" cannot be written: ${error.message}`)
}
