import { freeNames, identifiers } from '../variants/names.js'
import { type Node, parseSource } from '../variants/source.js'

/** Suggested code, read. */
export interface FixCode {
  readonly text: string
  /** What it takes from the app, in the order of its use. */
  readonly needs: readonly string[]
  /** What it declares, in the order of the text. */
  readonly declares: readonly string[]
  /** What its comments say that the app passes: `values` for `author_id`. */
  readonly passed: ReadonlyMap<string, string>
  /** What its comments say to be the same each time: `tenantId` for `tenant_id`. */
  readonly constants: ReadonlyMap<string, string>
}

/** @throws where it is no code */
export function readFixCode(text: string): FixCode {
  const { program, comments } = parseSource(text)
  const passed = new Map<string, string>()
  const constants = new Map<string, string>()
  for (const { start, end } of comments) {
    const [, name, column] = /^\/\/ (\w+): what the \w+ passes for (\w+)/.exec(text.slice(start, end)) ?? []
    if (name !== undefined && column !== undefined) passed.set(name, column)
    const [, constant, of] = /^\/\/ (\w+): the value of (\w+), the same in each turn/.exec(text.slice(start, end)) ?? []
    if (constant !== undefined && of !== undefined) constants.set(constant, of)
  }
  return {
    text,
    needs: freeNames(program),
    declares: (program.body as readonly Node[]).flatMap(namesOf),
    passed,
    constants,
  }
}

function namesOf({ type, id, declarations = [] }: Node): readonly string[] {
  if (type === 'FunctionDeclaration') return identifiers(id as Node)
  return (declarations as readonly Node[]).flatMap((declared) => identifiers(declared.id as Node))
}

type AsyncCode = (...given: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (...parts: string[]) => AsyncCode

/** Runs the code with what it needs; gives back what it declares. */
export async function runFixCode(
  { text, declares }: FixCode,
  given: ReadonlyMap<string, unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  const code = new AsyncFunction(...given.keys(), `${text}\nreturn { ${declares.join(', ')} }`)
  return await code(...given.values())
}
