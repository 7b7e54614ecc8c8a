import { MOST_PINS, MOST_TAGS, TAG } from '../../model/marks.js'
import type { Pinned, RecordingWriter } from '../../model/store.js'
import { type Command, EXIT, oneWord, readArguments, UsageError } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, plain } from '../text.js'

const ID = /^[\w-]{1,64}$/
const ALLOWED_ID = 'the id of a recording, as the list shows it'

const FLAGS = { json: { type: 'boolean' }, store: { type: 'string' } } as const

function pinUsage(name: 'pin' | 'unpin', what: string): string {
  return `Usage: express-silk ${name} <id>… [--json] [--store <file>]

${what}

  <id>               as the list and \`x-silk-id\` have it
  --json             what was done, as JSON
  ${STORE_HELP}

Exit code: 0 done, 1 a recording is not there, or cannot be pinned, 2 the command was not understood.`
}

function pinning(name: 'pin' | 'unpin', summary: string, what: string): Command {
  return {
    name,
    summary,
    usage: pinUsage(name, what),
    async run(args, output) {
      const { values, positionals } = readArguments(args, FLAGS)
      if (positionals.length === 0) throw new UsageError(`<id> is missing; allowed: ${ALLOWED_ID}.`)
      for (const id of positionals) oneWord([id], '<id>', ID, ALLOWED_ID)
      const ids = [...new Set(positionals)]
      return withStore(values.store, output, async ({ writer }) => {
        const done = await writer.setPinned(ids, name === 'pin')
        const said = `${name === 'pin' ? 'Pinned' : 'Unpinned'} ${amount(done.changed, 'recording')}.`
        output.print(values.json ? JSON.stringify(done) : said)
        if (done.changed === ids.length) return EXIT.done
        output.complain(whyNot(ids.length, done))
        return EXIT.failed
      })
    },
  }
}

function whyNot(asked: number, { found, changed }: Pinned): string {
  const missing = asked - found
  return [
    ...(missing === 0 ? [] : [`The store has no recording of ${amount(missing, 'id')}.`]),
    ...(changed === found ? [] : [`A store has at most ${MOST_PINS} pinned recordings.`]),
  ].join(' ')
}

export const pinCommand: Command = pinning(
  'pin',
  'keeps recordings while others of their time go',
  `Keeps recordings while others of their time go: ${MOST_PINS} at most, for 90 days.`,
)
export const unpinCommand: Command = pinning('unpin', 'takes pins off', 'Takes the pins off recordings.')

const TAG_USAGE = `Usage: express-silk tag <id> <tag>… [--remove] [--json] [--store <file>]

Tags a recording, to find it by: \`express-silk list --tag <tag>\`.

  <id>               as the list and \`x-silk-id\` have it
  <tag>              1 to 60 characters; a recording has at most ${MOST_TAGS}
  --remove           takes the tags off
  --json             the tags that it has then, as JSON
  ${STORE_HELP}

Exit code: 0 done, 1 there is no such recording, or it has too many tags, 2 the command was not understood.`

export const tagCommand: Command = {
  name: 'tag',
  summary: 'tags a recording, or takes tags off',
  usage: TAG_USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, { ...FLAGS, remove: { type: 'boolean' } })
    const [id = '', ...tags] = positionals
    oneWord(id === '' ? [] : [id], '<id>', ID, ALLOWED_ID)
    const allowed = 'a tag of 1 to 60 characters on one line'
    if (tags.length === 0) throw new UsageError(`<tag> is missing; allowed: ${allowed}.`)
    const trimmed = tags.map((tag) => oneWord([tag.trim()], '<tag>', TAG, allowed))
    const change = values.remove ? { add: [], remove: trimmed } : { add: trimmed, remove: [] }
    return withStore(values.store, output, async ({ writer }) => {
      const set = await tagged(writer, id, change)
      output.print(values.json ? JSON.stringify({ id, tags: set }) : plain(`Tags: ${set.join(', ') || 'none'}`))
      return EXIT.done
    })
  },
}

async function tagged(
  writer: RecordingWriter,
  id: string,
  change: Parameters<RecordingWriter['setTags']>[1],
): Promise<readonly string[]> {
  const set = await writer.setTags(id, change)
  if (set === null)
    throw new Error(`No recording in the store has the id "${id}"; \`express-silk list\` shows those there are.`)
  if (set.isFull) throw new Error(`A recording has at most ${MOST_TAGS} tags; this one has ${set.tags.length}.`)
  return set.tags
}
