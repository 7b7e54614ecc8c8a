import { writeFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { REPLAY_TARGETS, type ReplayTarget, replayOf } from '../../codegen/index.js'
import type { RecordedResponse } from '../../model/recording.js'
import type { RequestView } from '../../model/request-view.js'
import type { RecordingReader } from '../../model/store.js'
import { type Command, EXIT, oneWord, readArguments, UsageError } from '../command.js'
import { STORE_HELP, withStore } from '../store.js'
import { amount, bytesText, milliseconds, plain, plainLines, table, terminalWidth, timeText } from '../text.js'

const USAGE = `Usage: express-silk show <id> [--as ${REPLAY_TARGETS.join('|')}] [--json] [--cpu-profile <file>] [--store <file>]

Tells one recording: its findings with their places and fixes, and its statements, costliest first.

  <id>               as the list and \`x-silk-id\` have it
  --as <form>        the request as code that sends it again
  --json             all of it, as the page's JSON
  --cpu-profile <f>  writes its CPU profile, for the tools of Chrome and VS Code, and for speedscope
  ${STORE_HELP}

Exit code: 0 told, 1 there is no such recording, 2 the command was not understood.`

const FLAGS = {
  as: { type: 'string' },
  json: { type: 'boolean' },
  'cpu-profile': { type: 'string' },
  store: { type: 'string' },
} as const

export const showCommand: Command = {
  name: 'show',
  summary: 'one recording: findings, statements, or code that sends it again',
  usage: USAGE,
  async run(args, output) {
    const { values, positionals } = readArguments(args, FLAGS)
    const id = oneWord(positionals, '<id>', /^[\w-]{1,64}$/, 'the id of a recording, as the list shows it')
    const form = formOf(values.as)
    const profileFile = values['cpu-profile']
    return withStore(values.store, output, async ({ reader }) => {
      if (profileFile !== undefined) {
        await writeCpuProfile(reader, id, profileFile)
        output.complain(`wrote the CPU profile to ${profileFile}.`)
        return EXIT.done
      }
      if (values.json && form === null) {
        const json = await reader.requestJson(id)
        if (json === null) throw missing(id)
        output.print(JSON.stringify(JSON.parse(new TextDecoder().decode(json)), null, 2))
        return EXIT.done
      }
      const stored = await reader.requestView(id, null)
      if (stored === null) throw missing(id)
      output.print(form === null ? told(stored) : codeOf(stored, form))
      return EXIT.done
    })
  },
}

function missing(id: string): Error {
  return new Error(`No recording in the store has the id "${id}"; \`express-silk list\` shows those there are.`)
}

async function writeCpuProfile(reader: RecordingReader, id: string, file: string): Promise<void> {
  const packed = await reader.cpuProfileFile(id)
  if (packed === null) throw new Error(`No CPU profile of a recording "${id}" is in the store.`)
  try {
    await writeFile(file, gunzipSync(packed), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Error(`"${file}" is there already: delete it, or name another file.`)
  }
}

function cpuProfileText({ cpuProfile }: RequestView['recording']): readonly string[] {
  if (cpuProfile === undefined) return []
  const { durationMs, sampleCount, otherRequestCount } = cpuProfile
  const others = otherRequestCount === 0 ? '' : `, with ${amount(otherRequestCount, 'other request')} in it`
  return [
    `CPU profile: ${milliseconds(durationMs)} ms, ${amount(sampleCount, 'sample')}${others}; --cpu-profile <file> writes it`,
  ]
}

function formOf(given: string | undefined): ReplayTarget | null {
  if (given === undefined) return null
  const form = REPLAY_TARGETS.find((target) => target === given)
  if (form === undefined) throw new UsageError(`--as is "${given}"; allowed: ${REPLAY_TARGETS.join(', ')}.`)
  return form
}

function codeOf({ recording: { id, request, response, queryCount } }: RequestView, form: ReplayTarget): string {
  const replay = request && replayOf({ request, response, queryCount }, '')
  if (!replay) throw new Error(`The recording "${id}" is no request that could be sent again.`)
  return replay.code[form]
}

function statusText(response: RecordedResponse | null): string {
  if (response === null) return 'unfinished'
  return `${response.status ?? 'no status'}${response.aborted ? ', aborted' : ''}`
}

function told(stored: RequestView): string {
  const { recording, statements, statementCount } = stored
  const { request, response } = recording
  const what = request === null ? (recording.name ?? recording.kind) : `${request.method} ${request.url}`
  const status = request === null ? '' : `  ${statusText(response)}`
  const columns = [
    { title: 'Calls', value: (one: Statement) => String(one.calls), isNumber: true },
    { title: 'ms', value: (one: Statement) => milliseconds(one.totalMs), isNumber: true },
    { title: 'Rows', value: (one: Statement) => String(one.rowCount ?? '-'), isNumber: true },
    { title: 'Place', value: placeOf },
    { title: 'Statement', value: (one: Statement) => one.fingerprintText },
  ]
  return [
    plain(`${what}${status}`),
    `${timeText(recording.startedAt)}  ${recording.id}${recording.session === null ? '' : plain(`  session ${recording.session}`)}`,
    `${milliseconds(recording.durationMs)} ms, of which SQL ${milliseconds(recording.sqlWallMs)} ms; ` +
      `${amount(recording.queryCount, 'query', 'queries')}, waited for a connection ${milliseconds(recording.poolWaitMs)} ms`,
    ...cpuProfileText(recording),
    ...marksText(recording),
    ...(recording.error === null ? [] : [plain(`Failed: ${recording.error.class}: ${recording.error.message}`)]),
    '',
    ...(stored.occurrences.length === 0 ? ['No finding.'] : stored.occurrences.map(findingText)),
    ...(statements.length === 0 ? [] : ['', table(columns, statements, terminalWidth())]),
    ...(statementCount > statements.length ? [`${statementCount - statements.length} further statements: --json`] : []),
  ].join('\n')
}

function marksText({ user, tags, pinned, usage }: RequestView['recording']): readonly string[] {
  const { eventLoopShare = null, memoryBytes = null, cpuMs = null } = usage ?? {}
  const used = [
    ...(eventLoopShare === null ? [] : [`event loop busy ${Math.round(eventLoopShare * 100)} %`]),
    ...(memoryBytes === null ? [] : [`memory ${memoryBytes < 0 ? '-' : '+'}${bytesText(Math.abs(memoryBytes))}`]),
    ...(cpuMs === null ? [] : [`CPU ${milliseconds(cpuMs)} ms`]),
  ]
  const who = user && `user ${user.id}${user.name === null ? '' : ` (${user.name})`}`
  const said = [...(who === null ? [] : [who]), ...(pinned ? ['pinned'] : []), ...tags.map((tag) => `#${tag}`)]
  return [
    ...(said.length === 0 ? [] : [plain(said.join('  '))]),
    ...(used.length === 0 ? [] : [`Of the whole process: ${used.join(', ')}`]),
  ]
}

type Statement = RequestView['statements'][number]

function placeOf({ callSite }: Pick<Statement, 'callSite'>): string {
  return callSite === null ? '-' : `${callSite.file}:${callSite.line}`
}

function findingText({ kind, message, callSite, fix, findingKey }: RequestView['occurrences'][number]): string {
  const lines = [
    `${kind}: ${plain(message)}`,
    `  at ${plain(placeOf({ callSite }))}   key ${plain(findingKey)}`,
    ...(fix === null ? [] : [`  ${plain(fix.summary)}`]),
    ...(fix?.code ? [plainLines(fix.code).replace(/^/gm, '    ')] : []),
  ]
  return lines.join('\n')
}
