import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface MarkedLine {
  /** Relative to the project, as call sites name files. */
  readonly file: string
  /** 1-based. */
  readonly line: number
}

/** By the marker's name. */
export type Markers = ReadonlyMap<string, MarkedLine>

const FOLDER = fileURLToPath(new URL('./', import.meta.url))
const MARKER = /\/\/ hit: ([\w/.-]+)$/

/**
 * Where the lines to blame are: those that end in `// hit: <name>`, by name.
 *
 * @param generated with those of the variants: their files must have been generated
 * @throws where two lines have the same name
 */
export function readMarkers({ generated = false } = {}): Markers {
  const markers = new Map<string, MarkedLine>()
  for (const file of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || (!generated && /^generated\b/.test(file))) continue
    const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n')
    lines.forEach((text, index) => {
      const name = MARKER.exec(text)?.[1]
      if (name === undefined) return
      if (markers.has(name)) throw new Error(`Two lines end in "// hit: ${name}"`)
      markers.set(name, { file: `test/corpus/${file.replaceAll('\\', '/')}`, line: index + 1 })
    })
  }
  return markers
}
