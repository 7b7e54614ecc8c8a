#!/usr/bin/env node
import { type Command, EXIT, isUsageError, type Output } from './command.js'
import { clearCommand } from './commands/clear.js'
import { explainCommand } from './commands/explain.js'
import { exportCommand } from './commands/export.js'
import { findingsCommand } from './commands/findings.js'
import { importCommand } from './commands/import.js'
import { listCommand } from './commands/list.js'
import { pinCommand, tagCommand, unpinCommand } from './commands/marks.js'
import { pruneCommand } from './commands/prune.js'
import { serveCommand } from './commands/serve.js'
import { showCommand } from './commands/show.js'
import { statementsCommand } from './commands/statements.js'
import { packageVersion } from './version.js'

const COMMANDS: readonly Command[] = [
  listCommand,
  showCommand,
  findingsCommand,
  statementsCommand,
  explainCommand,
  serveCommand,
  exportCommand,
  importCommand,
  pinCommand,
  unpinCommand,
  tagCommand,
  pruneCommand,
  clearCommand,
]

/**
 * Runs one command.
 *
 * @returns the exit code: 0 done, 1 it could not be done, 2 it was not understood
 */
async function main([name, ...args]: readonly string[], output: Output): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    output.print(usage())
    return name === undefined ? EXIT.usage : EXIT.done
  }
  if (name === '--version' || name === '-v') {
    output.print(packageVersion())
    return EXIT.done
  }
  const command = COMMANDS.find((one) => one.name === name)
  if (command === undefined) {
    output.complain(`Unknown command "${name}"; there is: ${COMMANDS.map((one) => one.name).join(', ')}.\n\n${usage()}`)
    return EXIT.usage
  }
  if (args.includes('--help') || args.includes('-h')) {
    output.print(command.usage)
    return EXIT.done
  }
  try {
    return await command.run(args, output)
  } catch (error) {
    const isUsage = isUsageError(error)
    output.complain(`${messageOf(error)}${isUsage ? `\n\n${command.usage}` : ''}`)
    return isUsage ? EXIT.usage : EXIT.failed
  }
}

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return ['Usage: express-silk <command>', '', ...lines, '', 'express-silk <command> --help tells more.'].join('\n')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// A reader that has seen enough (`| head`) goes away: there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
})

const output: Output = {
  print: (text) => process.stdout.write(`${text}\n`),
  complain: (text) => process.stderr.write(`express-silk: ${text}\n`),
}
main(process.argv.slice(2), output).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    output.complain(messageOf(error))
    process.exitCode = EXIT.failed
  },
)
