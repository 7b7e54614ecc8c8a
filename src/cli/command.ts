import { type ParseArgsConfig, parseArgs } from 'node:util'

export const EXIT = { done: 0, failed: 1, usage: 2 } as const

export interface Output {
  print(text: string): void
  /** To the standard error. */
  complain(text: string): void
}

export interface Command {
  readonly name: string
  /** One line. */
  readonly summary: string
  readonly usage: string
  /**
   * @returns an exit code
   * @throws UsageError for arguments that make no sense
   */
  run(args: readonly string[], output: Output): Promise<number>
}

/** What was typed makes no sense; the message names the flag, its value, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function isUsageError(error: unknown): error is UsageError {
  return error instanceof UsageError
}

type Flags = NonNullable<ParseArgsConfig['options']>
type Arguments<F extends Flags> = ReturnType<typeof parseArgs<{ options: F; allowPositionals: true; strict: true }>>

/** Reads flags and words; what is not among them is a `UsageError` that names those there are. */
export function readArguments<F extends Flags>(args: readonly string[], flags: F): Arguments<F> {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true })
  } catch (error) {
    const known = Object.keys(flags).map((name) => `--${name}`)
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error)
    throw new UsageError(`${message.replace(/\.$/, '')}; allowed: ${known.join(', ')}.`)
  }
}

/** @throws UsageError for words where none belong */
export function noWords(positionals: readonly string[]): void {
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is one word too many; allowed: flags alone.`)
}

/** @throws UsageError when it is missing, not as it is allowed, or not alone */
export function oneWord(positionals: readonly string[], name: string, pattern: RegExp, allowed: string): string {
  const [word, ...rest] = positionals
  if (word === undefined) throw new UsageError(`${name} is missing; allowed: ${allowed}.`)
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many; allowed: one ${name}.`)
  if (!pattern.test(word)) throw new UsageError(`${name} is "${word}"; allowed: ${allowed}.`)
  return word
}
