import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CASES } from '../cases/index.js'
import type { CorpusCase } from '../corpus-case.js'
import { applyEdits, contains, type Edit, type Node, parseSource, type Source, walk } from './source.js'
import type { Candidate, Transformation } from './transformation.js'

const CORPUS = fileURLToPath(new URL('../', import.meta.url))
/** Outside node_modules, since what runs here is to count as the app's own code; git ignores it. */
const GENERATED = join(CORPUS, 'generated')

/** A case that a transformation has changed. */
export interface Changed {
  readonly parent: CorpusCase
  readonly transformation: Transformation
  /** The generated file that has it, among its `cases`, under its parent's name. */
  readonly file: string
  readonly edits: readonly Edit[]
}

interface CorpusFile {
  /** Relative to the corpus. */
  readonly path: string
  readonly source: Source
}

/**
 * Writes the whole corpus again, as the transformation has it, into a folder of its own. What is there already and is
 * right stays untouched, so that several processes can do it at once.
 */
export function generate(transformation: Transformation): readonly Changed[] {
  const files = readCorpus()
  const known = new Map(CASES.map((corpusCase) => [corpusCase.name, corpusCase]))
  const changes = new Map(files.map((file) => [file, changesOf(file)]))
  const mirrored = files.filter((file) => isTheme(file) || file.source.markers.length > 0 || editsOf(file).length > 0)
  const paths = new Set(mirrored.map(({ path }) => path))
  for (const file of mirrored) {
    const text = applyEdits(file.source.text, [...editsOf(file), ...importEdits(file)])
    writeWhole(join(GENERATED, transformation.name, file.path), renameMarkers(text, transformation.name))
  }
  removeOthers(join(GENERATED, transformation.name), paths)
  return [...changes.values()].flatMap(({ changed }) => changed)

  function changesOf(file: CorpusFile): { readonly edits: readonly Edit[]; readonly changed: readonly Changed[] } {
    const { source, path } = file
    if (!isTheme(file))
      return { edits: transformation.changesFixtures ? transformation.edits(source, []) : [], changed: [] }
    const theme = path.replace(/^.*\/|\.ts$/g, '')
    const candidates = source.cases
      .flatMap((one): readonly Candidate[] => {
        const corpusCase = known.get(one.name)
        return corpusCase ? [{ ...one, corpusCase, theme, text: source.text.slice(one.start, one.end) }] : []
      })
      .filter(transformation.isFor)
    const edits = transformation.edits(source, candidates)
    const changed = candidates.map((one) => ({
      parent: one.corpusCase,
      transformation,
      file: join(GENERATED, transformation.name, path),
      edits: edits.filter((edit) => contains(one, edit)),
    }))
    return { edits, changed: changed.filter((one) => one.edits.length > 0) }
  }

  function editsOf(file: CorpusFile): readonly Edit[] {
    return changes.get(file)?.edits ?? []
  }

  /** What is not written again is imported from where it is. */
  function importEdits({ path, source }: CorpusFile): readonly Edit[] {
    const edits: Edit[] = []
    walk(source.program, (node) => {
      if (node.type !== 'ImportDeclaration') return
      const { value, start, end } = node.source as Node
      const target = join(dirname(path), String(value)).replace(/\.js$/, '.ts').split(sep).join('/')
      if (!String(value).startsWith('.') || paths.has(target)) return
      const from = dirname(join(GENERATED, transformation.name, path))
      const specifier = relative(from, resolve(CORPUS, dirname(path), String(value)))
        .split(sep)
        .join('/')
      edits.push({ start, end, text: `'${specifier}'` })
    })
    return edits
  }
}

/** A marker names a line in the whole corpus. */
function renameMarkers(text: string, suffix: string): string {
  return text.replaceAll(/(\/\/ hit: \S+)$/gm, `$1.${suffix}`)
}

function isTheme({ path }: CorpusFile): boolean {
  return /^cases\/[^/]+$/.test(path)
}

function readCorpus(): readonly CorpusFile[] {
  return ['cases', 'fixtures']
    .flatMap((folder) =>
      readdirSync(join(CORPUS, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && path !== 'cases/index.ts')
    .toSorted()
    .map((path) => ({ path, source: parseSource(readFileSync(join(CORPUS, path), 'utf8')) }))
}

/** What an earlier state of the corpus has left: its markers would be there twice. */
function removeOthers(folder: string, paths: ReadonlySet<string>): void {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.ts') && !paths.has(file.split(sep).join('/'))) rmSync(join(folder, file), { force: true })
  }
}

function writeWhole(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) return
  } catch {
    mkdirSync(dirname(file), { recursive: true })
  }
  // Nobody reads half a file.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text)
  renameSync(draft, file)
}
